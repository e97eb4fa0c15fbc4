# Each target is one line; what it does stands in scripts/.
.PHONY: run build test bench fmt check install setup

APP ?= Examples/server.js
WORKERS ?= max
PREFIX ?= /usr/local

run:
	@scripts/run "$(APP)" "$(WORKERS)"

build:
	@scripts/setup
	@scripts/build

test:
	@scripts/test

bench:
	@scripts/bench

fmt:
	@scripts/fmt

check:
	@scripts/check

install:
	@DESTDIR="$(DESTDIR)" scripts/install "$(PREFIX)"

setup:
	@scripts/setup test
