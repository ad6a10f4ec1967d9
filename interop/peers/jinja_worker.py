"""Jinja2 as a worker process, set up as dbt sets it up."""

import platform
from importlib.metadata import version
from typing import Any

import jinja2
import jinja2.ext
import jinja2.nodes
import jinja2.sandbox

from worker import serve


class MaterializationExtension(jinja2.ext.Extension):
    """dbt's `{% materialization name, … %}`: a macro under another name."""

    tags = {"materialization"}

    def parse(self, parser: jinja2.parser.Parser) -> jinja2.nodes.Node:
        node = jinja2.nodes.Macro(lineno=next(parser.stream).lineno)
        name = parser.parse_assign_target(name_only=True).name
        while parser.stream.skip_if("comma"):
            option = parser.parse_assign_target(name_only=True).name
            if option not in ("default", "adapter", "supported_languages"):
                parser.fail(f"materialization {name!r} received unknown argument {option!r}")
            if option != "default":
                parser.stream.expect("assign")
                parser.parse_expression()
        node.args, node.defaults = [], []
        node.name = f"materialization_{name}"
        node.body = parser.parse_statements(("name:endmaterialization",), drop_needle=True)
        return node


class TestExtension(jinja2.ext.Extension):
    """dbt's `{% test name(…) %}`."""

    tags = {"test"}

    def parse(self, parser: jinja2.parser.Parser) -> jinja2.nodes.Node:
        node = jinja2.nodes.Macro(lineno=next(parser.stream).lineno)
        node.name = f"test_{parser.parse_assign_target(name_only=True).name}"
        parser.parse_signature(node)
        node.body = parser.parse_statements(("name:endtest",), drop_needle=True)
        return node


ENVIRONMENT = jinja2.sandbox.SandboxedEnvironment(
    extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols", MaterializationExtension, TestExtension]
)
ENVIRONMENT.filters.update(
    {name: lambda value: value for name in ("as_text", "as_bool", "as_native", "as_number")}
)
ENVIRONMENT.filters["is_list"] = lambda value: isinstance(value, list)


def versions() -> dict[str, str]:
    return {"Jinja2": version("Jinja2"), "python": platform.python_version()}


def render(template: str, variables: dict[str, Any]) -> dict[str, str]:
    """The text of a template, or the exception that it ends with."""
    try:
        return {"text": ENVIRONMENT.from_string(template).render(variables)}
    except Exception as error:  # which one it is, is the answer
        return {"error": type(error).__name__, "message": str(error)}


def render_all(templates: list[str], variables: dict[str, Any]) -> list[dict[str, str]]:
    return [render(template, variables) for template in templates]


if __name__ == "__main__":
    serve({"versions": versions, "render": render_all})
