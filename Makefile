# Ballast. `make run` goes from a fresh Debian 12 machine with Swift 6.3 to a first real run.

SHELL := /bin/bash
.DEFAULT_GOAL := help
BUILD_FLAGS := --explicit-target-dependency-import-check error
PORT ?= 7340

.PHONY: help setup build run test check lint format bench clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install the Debian packages that are missing
	@Scripts/setup

build: setup ## release build of the program and the example's tool server
	swift build -c release $(BUILD_FLAGS) --product ballast
	swift build -c release $(BUILD_FLAGS) --product support-desk

run: build ## start the server with the support desk and play a first run
	@PORT=$(PORT) Scripts/demo

# Three passes: the simulation keeps both cores busy, which tests of real connections and processes must not feel.
test: setup ## every test
	swift build --build-tests $(BUILD_FLAGS)
	swift test --skip-build $(BUILD_FLAGS) --skip 'SimulationTests|EndToEndTests'
	swift test --skip-build $(BUILD_FLAGS) --filter SimulationTests
	swift test --skip-build $(BUILD_FLAGS) --filter EndToEndTests

lint: ## format and style
	swift format lint --strict --recursive --parallel --configuration .swift-format Package.swift Sources Snippets Tests

format: ## rewrite the sources in the house style
	swift format --in-place --recursive --parallel --configuration .swift-format Package.swift Sources Snippets Tests

check: setup lint test ## what CI runs

bench: setup ## the benchmarks, with ratios to the bare floor and to installed peers
	@Scripts/bench

clean: ## remove what was built
	rm -rf .build .build-* Benchmarks/.build
