// SPDX-License-Identifier: Apache-2.0
// What the agent answers, as far as the page reads it (api/openapi.yaml has all of it), and what its modules have in common.
// TypeScript reads this file (scripts/check-page); browsers never do, so it is not served.

declare namespace Page {
  type Api = import('./api.js').Api;
  type Store = import('./store.js').Store;
  type Figures = import('./figures.js').Figures;
  type Words = Record<string, string>;
  type Query = Record<string, string | number>;
  type Data = Record<string, any>;
  /** What may stand in an element. */
  type Child = Node | string | number | null | undefined | false;

  // Answers of the agent

  interface Event {
    /** Null if it could not be stored. */
    seq: number | null;
    time: string;
    type: string;
    workerId: number | null;
    pid: number | null;
    requestId: string | null;
    data: Record<string, any>;
  }
  interface Failure {
    instance: number;
    workerId: number | null;
    reason: string;
    code: number | null;
    signal: string | null;
    stderr: string | null;
    message: string | null;
    at: string;
    nextTryAt: string | null;
  }
  interface Instance {
    instance: number;
    state: string;
    workerId: number | null;
    restarts: number;
    failuresInARow: number;
    nextTryAt: string | null;
    lastFailure: Failure | null;
    residentBytes: number | null;
  }
  interface WorkerFigures {
    connections: { handedOver: number, declined: number, unanswered: number, waiting: number | null };
    eventLoopDelayMs: number | null;
    cpuMs: number | null;
    residentBytes: number | null;
  }
  interface Worker {
    id: number;
    pid: number | null;
    state: string;
    supervised: boolean;
    instance: number | null;
    ready: boolean | null;
    responsive: boolean | null;
    paused: boolean;
    leaving: { since: string, deadline: string | null } | null;
    forkedAt: string;
    exec: string;
    settingsRevision: number;
    figures?: WorkerFigures;
  }
  interface Operation {
    name: string;
    kind: string;
    done: boolean;
    phase: string;
    startedAt: string;
    endedAt: string | null;
    principal: string | null;
    requestId: string | null;
    verdict: string | null;
    failure: Failure | null;
    progress: { total: number, replaced: number, instances: { instance: number, state: string, workerId: number | null }[] };
  }
  interface Cluster {
    phase: string;
    desired: number;
    ready: number;
    lastFailure: Failure | null;
    settings: Record<string, any>;
    schedulingPolicy: string;
    handles: { key: string, pendingConnections: number }[];
    workers: Record<string, number>;
  }
  interface Exits {
    throughSeq: number;
    hours: { start: string, exits: number, failures: number }[];
  }
  interface Watcher {
    principal: string;
    watches: string;
    since: string;
  }
  interface Caller {
    principal: string;
    role: Role;
    scopes: string[];
    /** Whether the agent belongs to a fleet. */
    fleet: boolean;
  }
  type Role = 'read' | 'operate' | 'admin';
  interface Version {
    version: string;
    hostname: string;
    agentId: string;
    startedAt: string;
    pid: number;
  }
  /** A line that a worker has printed. */
  interface Line {
    seq: number | null;
    time: string;
    workerId: number | null;
    instance: number | string | null;
    stream: string;
    line: string;
    partial?: boolean;
    lost?: number;
  }
  /** How the agent stands in its fleet. */
  interface Fleet {
    name: string;
    connected: boolean;
    trouble?: string;
    waiting: number;
    lagMs: number;
  }
  /** Strangers may have written it. */
  interface FleetAgent {
    name: string;
    agentId: string;
    state: string;
    groups: string[];
    endpoints: string[];
    hostname: string;
    version: string;
    startedAt: string;
    lastSeenAt: string;
    desired?: number;
    ready?: number;
    phase?: string;
    waiting: number;
  }

  // What the page knows

  interface State {
    caller: Caller | null;
    version: Version | null;
    cluster: Cluster | null;
    instances: Instance[];
    /** Living ones, by id. */
    workers: Map<number, Worker>;
    /** Newest first. */
    operations: Operation[];
    /** What somebody changed, newest first. */
    changes: Event[];
    /** By hour, oldest first. */
    exits: Exits;
    watchers: Watcher[];
    supervision: Record<string, any> | null;
    fleet: Fleet | null;
    registry: Registry;
    link: Link;
    /** Why the agent cannot do all its work; empty if it can. */
    trouble: string;
    /** Counts the readings of what workers use. */
    figures: number;
    /** Counts the changes of the event feed. */
    feed: number;
  }
  /** Whether the agent answers. */
  interface Link {
    live: boolean;
    since: number;
    problem: string;
  }
  /** The agents of the fleet. */
  interface Registry {
    /** Worst first. */
    agents: FleetAgent[];
    /** When the page read them; 0 if it has not yet. */
    readAt: number;
    /** Why it could not read them again; empty if it could. */
    problem: string;
    /** By how much the database's clock is ahead of the agent's, in milliseconds. */
    ahead: number;
  }
  /** An instance with or without a worker, or a worker that no instance has. */
  interface Place {
    key: string;
    instance: Instance | null;
    worker: Worker | null;
  }
  /** What an instance used at one moment. */
  interface Sample {
    time: number;
    workerId: number | null;
    memory: number | null;
    cpu: number | null;
    delay: number | null;
    connections: number | null;
  }
  /** Which lines are wanted. */
  interface Filter {
    instance: string;
    stream: string;
    contains: string;
  }

  // What modules give each other

  /** Where an answer of the first block stands. */
  interface Answer {
    /** Draws only if the mark is another one. */
    draw(children: Child[], mark: string): void;
  }
  interface Question {
    title: string;
    body: Child[];
    /** The word on the button that does it. */
    answer: string;
    /** Drawn in the colour of danger; the other button has the focus then. */
    isHarmful?: boolean;
    /** Does it, and returns what to tell afterwards. */
    run(data: FormData): Promise<string>;
  }
  interface Listener {
    onEvents(events: Event[]): void;
    /** Each time that the agent has answered. */
    onOpen(): void | Promise<void>;
    /** Each time that it does not. */
    onLost(problem: Error): void;
    /** Events between the last seen one and the next cannot be read. */
    onGap(): void;
  }
  interface RowMaker<Item> {
    /** Of the list, for screen readers. */
    label: string;
    /** How many rows stand above it. */
    heads: number;
    /** Tells one item from another. */
    key(item: Item): string | number;
    /** An empty row; it holds a button, and maybe links. */
    make(): HTMLElement;
    /** Puts an item into a row. */
    draw(row: HTMLElement, item: Item): void;
    /** Somebody has pressed a row. Returns the dialog that shows it. */
    open(item: Item): HTMLDialogElement | undefined;
    /** Called with the items that can be seen. */
    didShow?(items: Item[]): void;
  }
}
