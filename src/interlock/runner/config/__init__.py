"""The configuration: one TOML file, read once, checked whole, frozen, and every value knows where it came from."""

from interlock.runner.config.load import Loaded, load
from interlock.runner.config.model import Config
from interlock.runner.config.origins import Origin, OriginKind
from interlock.runner.config.problems import ConfigurationProblems, Problem

__all__ = ["Config", "ConfigurationProblems", "Loaded", "Origin", "OriginKind", "Problem", "load"]
