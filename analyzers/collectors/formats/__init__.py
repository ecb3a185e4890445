"""Parsers of configuration syntaxes: text -> directives. Each survives any input in time linear in its size."""
