# Each target is one line; what it does stands in scripts/.
.PHONY: run run-fleet build test bench fmt check install deb check-deb check-image setup

APP ?= Examples/server.js
WORKERS ?= max
PREFIX ?= /usr/local

run:
	@scripts/run "$(APP)" "$(WORKERS)"

run-fleet:
	@scripts/run-fleet

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

deb:
	@scripts/deb

check-deb: deb
	@scripts/check-deb

check-image: deb
	@scripts/check-image

setup:
	@scripts/setup test
