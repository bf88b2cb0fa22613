"""Study to runs: plan, runner, manifest; knows no page and no estimate."""
