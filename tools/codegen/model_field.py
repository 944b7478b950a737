"""A field of a model: what its class declares, what its constructor takes, and what a request must hold."""

from __future__ import annotations

from typing import NamedTuple

from openapi_python_client.parser.properties import EnumProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol as Property

from codegen.constructor_view import FieldToCheck
from codegen.property_types import optional, without_none


class FieldView(NamedTuple):
    """A field of a model.

    Attributes:
        name: its name in Python.
        declaration: its type, and what follows: `int = 5`.
        docstring: its description; empty where there is none.
        default: the code of its default; empty where the spec gives none.
        argument: the type and the default of its argument.
        value: what it becomes.
    """

    name: str
    declaration: str
    docstring: str
    default: str
    argument: str
    value: str


class Use(NamedTuple):
    """Where a model is used. Reading stays tolerant, whatever is sent."""

    is_sent: bool
    is_received: bool


class Field(NamedTuple):
    """A field, worked out from its property and its schema.

    Attributes:
        name: its name in Python.
        property_: its property.
        type: its type as it is read.
        exact: its type as it is sent.
        default: the code of its default; empty where the spec gives none.
        limits: its limits in requests, as arguments of `msgspec.Meta`.
        text: its docstring.
        use: where its model is used.
        is_read_only: whether no request carries it.
        is_write_only: whether no response carries it, though it is read.
        forbidden: the pattern that must not be found in its text in a request; empty without one.
        is_indispensable: whether a response without it is refused.
    """

    name: str
    property_: Property
    type: str
    exact: str
    default: str
    limits: dict[str, str]
    text: str
    use: Use
    is_read_only: bool
    is_write_only: bool
    forbidden: str
    is_indispensable: bool

    @property
    def admits_null(self) -> bool:
        """Whether the spec admits null."""
        return self.exact.endswith("None")

    @property
    def is_nullable(self) -> bool:
        """Whether a request may leave it out, or hold null."""
        return self._is_writable and self.admits_null and not self.property_.required

    @property
    def is_null_sent(self) -> bool:
        """Whether a request must hold it, be it null."""
        return self._is_writable and self.admits_null and self.property_.required

    @property
    def _is_writable(self) -> bool:
        return self.use.is_sent and not self.is_read_only

    @property
    def _is_strict(self) -> bool:
        """Whether only requests carry its model."""
        return not self.use.is_received

    @property
    def _is_always_read(self) -> bool:
        """Whether a response without it is refused."""
        return self.is_indispensable and not self.default and not (self.use.is_sent and self.is_read_only)

    @property
    def _is_required(self) -> bool:
        return self.property_.required and not self.is_write_only

    def view(self, *, is_secret: bool) -> FieldView:
        """The field as its class declares it."""
        value = f"{self.default} if {self.name} is NOT_GIVEN else {self.name}" if self._is_made_anew else self.name
        return FieldView(
            name=self.name,
            declaration=self._declaration(is_secret=is_secret),
            docstring=self.text,
            default=self.default,
            argument=f"{self._argument_kind()}{self._default_of_argument()}",
            value=value,
        )

    def argument_type(self) -> str:
        """The type of the field as an argument: an enum may be given as its string, too."""
        kind = self._with_null(self.type)
        if isinstance(self.property_, EnumProperty) and self.property_.value_type is str:
            values = ", ".join(f'"{value}"' for value in self.property_.values.values())
            kind += f" | Literal[{values}]"
        return kind if self.property_.required or self.default else optional(kind)

    def entry_type(self) -> str:
        """The field as an entry of a TypedDict of arguments."""
        return f"Required[{self.argument_type()}]" if self.property_.required else self.argument_type()

    def to_check(self) -> FieldToCheck:
        """The field as its constructor checks it."""
        return FieldToCheck(
            self.name,
            self.property_,
            self.argument_type(),
            self.default,
            self.limits,
            is_nullable=self.is_nullable or self.is_null_sent,
            forbidden=self.forbidden,
        )

    def request_type(self) -> tuple[str, str, bool] | None:
        """Its name, its type in a request, and whether it must be given, where a response has other rules."""
        if self._is_strict or not self._is_writable:
            return None
        kind, is_required = self._limited(self.exact), self.property_.required and not self.default
        kind = kind if self.property_.required or self.default else optional(kind)
        is_same = not is_required and kind in (self.type, optional(self.type))
        return None if is_same else (self.name, kind, is_required)

    @property
    def _is_made_anew(self) -> bool:
        """Whether each instance gets a default of its own."""
        return self.default[:1] in ("[", "{")

    def _with_null(self, kind: str) -> str:
        return f"Nullable[{without_none(kind)}] | None" if self.is_nullable else kind

    def _type_of_attribute(self, kind: str) -> str:
        """The type with what the default adds to it."""
        if not self.default and not self._is_required:
            return optional(self._with_null(kind))
        if self._is_strict or self._is_always_read or self.is_nullable:
            return self._with_null(kind)
        return f"Promised[{without_none(kind) if self.default else kind}]"

    def _argument_kind(self) -> str:
        is_promised_only = self._default_of_argument() or self._is_strict
        return self._type_of_attribute(self.type) if is_promised_only else self._with_null(self.type)

    def _default_of_argument(self) -> str:
        """What follows the type of the argument; empty for one that must be given."""
        is_given = self._is_writable and self.property_.required
        return "" if is_given and not self.default else self._default_of_attribute()

    def _default_of_attribute(self) -> str:
        """What follows the type of the attribute; empty for one that a response must hold."""
        if self.default:
            return " = NOT_GIVEN" if self._is_made_anew else f" = {self.default}"
        if not self._is_required:
            return " = None"
        return "" if self._is_strict or self._is_always_read else " = ABSENT"

    def _declaration(self, *, is_secret: bool) -> str:
        kind = self._type_of_attribute(self._limited(self.type) if self._is_strict else self.type)
        default = self._default_of_attribute()
        options = [f"factory=lambda: {self.default}"] if self._is_made_anew else []
        options += [f"default={default.removeprefix(' = ')}"] if default and not options else []
        if is_secret:
            options.append("repr=False")
        elif "dict[" in kind or "Any" in kind:
            options.append("repr=redacted_repr")
        has_only_a_default = len(options) == 1 and options[0].startswith("default=")
        return f"{kind}{default}" if has_only_a_default or not options else f"{kind} = field({', '.join(options)})"

    def _limited(self, kind: str) -> str:
        if not self.limits:
            return kind
        rules = ", ".join(f"{rule}={code}" for rule, code in self.limits.items())
        limited = f"Annotated[{without_none(kind)}, Meta({rules})]"
        return limited if without_none(kind) == kind else optional(limited)
