# Every target makes .venv and builds what it needs; a second run does only what changed.
CARGO_TARGET_DIR ?= $(HOME)/.cache/pymesh/target
export CARGO_TARGET_DIR

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'
