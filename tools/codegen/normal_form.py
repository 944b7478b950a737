"""Schemas in the form that the generator understands: no inheritance, no rules beside references, no rings of lists.

What a model's template must know of a schema and cannot see stands in keys that begin with `x-`.
"""

from __future__ import annotations

import re
from typing import Any

from codegen.alias_rings import ring_references
from codegen.class_names import ClassNames
from codegen.plain_unions import JSON_TYPES, grouped
from codegen.schema_parts import (
    LIMITS,
    any_of,
    fields_of,
    forbidden_in,
    is_marked,
    kept,
    limits,
    pascal,
    with_limits,
    without_null,
    without_wrapping,
)
from spec.navigate import Node, is_secret, mapping, parts_of, required_of, resolve, sequence
from spec.python_names import field_aliases
from spec.service import INDISPENSABLE
from spec.unions import (
    ANNOTATIONS,
    PREFIX,
    TYPE_KEYS,
    Member,
    TaggedUnion,
    Unions,
    constants_of,
    is_null,
    is_union,
    name_of,
    target_name,
)

NULL: Node = {"type": "null"}


class NormalForm:
    """The schemas of a spec in their normal form.

    Args:
        spec: the spec, in which each named schema has the name of its class.
    """

    def __init__(self, spec: Node) -> None:
        self._spec = spec
        self._named = mapping(mapping(spec.get("components")).get("schemas"))
        self._unions = Unions(spec)
        self._names = ClassNames(self._named)
        self._rings = ring_references(spec)
        self._tags: dict[str, dict[str, tuple[Any, ...]]] = {}
        for _, union in self._unions.tagged():
            for member in (member for member in union.members if name_of(member.schema)):
                values = self._tags.setdefault(target_name(spec, name_of(member.schema)), {})
                values[union.tag] = tuple(dict.fromkeys([*values.get(union.tag, ()), *member.tags]))

    def named(self) -> Node:
        """Every named schema, and those that were taken out of others and named."""
        found: Node = {}
        for name, schema in self._named.items():
            if not name_of(schema):  # another name for a schema; references go to the schema itself
                found[name] = self._named_schema(name, mapping(schema))
        for name in list(self._named):
            union = self._unions.base_union(name)
            if union is not None:
                found[any_of(name)] = self._union_stub(union, any_of(name), mapping(self._named[name]))
        return {**found, **self._names.hoisted}

    def _named_schema(self, name: str, schema: Node) -> Node:
        union = self._unions.union_of(schema)
        if union is not None:
            return self._union_stub(union, name, schema)
        if "enum" in schema:
            return without_null(schema)
        return self.schema(schema, name, owner=name)

    def schema(self, declared: object, hint: str, *, owner: str = "") -> Node:
        """A schema in its normal form. A class that it makes needed is named after the hint."""
        node = dict(mapping(declared))
        node.pop("title", None)  # It would name the class; the name in the spec does.
        if hint != owner:  # a named schema that is one of another keeps its class
            node = without_wrapping(node)
        if name_of(node):
            return self._reference(node, owner)
        fields = fields_of(self._spec, node)
        if fields:
            return self._model_or_null(node, fields, hint, owner)
        if "$ref" in node or "allOf" in node:
            return self._merged(node, hint, owner)
        if is_union(node):
            return self._union(node, hint, owner)
        if "enum" in node and (None in sequence(node["enum"]) or "null" in sequence(node.get("type"))):
            reference = self._names.hoist(without_null(node), hint)
            return {"anyOf": [reference, NULL], **kept(node, "default", "description")}
        if node.get("const", 0) is None:
            return {**NULL, **kept(node, "description")}
        return self._container(node, hint, owner)

    def _container(self, node: Node, hint: str, owner: str) -> Node:
        """A list or a map with the schemas of its values in their normal form; any other schema as it is."""
        for key, suffix in (("items", "Item"), ("additionalProperties", "AdditionalProperty")):
            if mapping(node.get(key)):
                node[key] = self.schema(node[key], f"{hint}{suffix}", owner=owner)
        if "prefixItems" in node:
            parts = enumerate(sequence(node["prefixItems"]))
            node["prefixItems"] = [self.schema(part, f"{hint}Item{index}", owner=owner) for index, part in parts]
            if not mapping(node.get("items")):
                node.pop("items", None)
        elif node.get("type") == "array" and not mapping(node.get("items")):
            node["items"] = {}
        return node

    def _reference(self, node: Node, owner: str) -> Node:
        """A reference. What stands at its end and bears on the field that holds it stands beside it."""
        name = name_of(node)
        if (owner, name) in self._rings:
            return kept(node, "description")
        end = target_name(self._spec, name)
        target = mapping(self._named.get(end))
        if "default" in target and "enum" in target:
            node = {**kept(target, "default"), **node}
        node["$ref"] = f"{PREFIX}{end}"
        if self._unions.is_base(end):
            return self._nullable({"$ref": f"{PREFIX}{any_of(end)}"}, node, {})
        union = self._unions.union_of(target)
        if union is not None:
            admits_null = any(is_null(option) for option in self._unions.options(target))
            return self._nullable({"$ref": f"{PREFIX}{end}"}, node, NULL if admits_null else {})
        if "enum" in target:
            admits_null = None in target["enum"] or "null" in sequence(target.get("type"))
            return self._nullable({**node, "$ref": f"{PREFIX}{end}"}, node, NULL if admits_null else {})
        if "null" in sequence(target.get("type")) and fields_of(self._spec, target):
            return self._nullable({"$ref": f"{PREFIX}{end}"}, node, NULL)
        beside: Node = {} if fields_of(self._spec, target) or is_union(target) else limits(self._spec, target)
        if "default" in target and "default" not in node:
            beside["default"] = target["default"]
        if beside or "default" in node:  # What stands beside a `$ref` is not seen.
            rest = {key: value for key, value in node.items() if key != "$ref"}
            return {**beside, **rest, "allOf": [{"$ref": node["$ref"]}]}
        return node

    def _nullable(self, reference: Node, node: Node, null: Node) -> Node:
        """A reference to a class that may be null, with the default of the field."""
        if null:
            return {"anyOf": [{"$ref": reference["$ref"]}, null], **kept(node, "default", "description")}
        if "default" in node:
            rest = {key: value for key, value in node.items() if key != "$ref"}
            return {**rest, "allOf": [{"$ref": reference["$ref"]}]}
        return reference

    def _merged(self, node: Node, hint: str, owner: str) -> Node:
        """What a value is by `allOf`, or by a reference with rules beside it."""
        parts = [part for part in sequence(node.get("allOf")) if set(mapping(part)) - ANNOTATIONS]
        rest = {key: value for key, value in node.items() if key not in ("allOf", "$ref")}
        parts += [{"$ref": node["$ref"]}] if "$ref" in node else []
        structural = [mapping(part) for part in parts if TYPE_KEYS & set(mapping(part))]
        rules = {key: value for part in parts if part not in structural for key, value in mapping(part).items()}
        if len(structural) == 1 and not TYPE_KEYS & set(rest):
            (only,) = structural
            beside = {**rules, **rest}
            if name_of(only) and not set(beside) - ANNOTATIONS - LIMITS:
                made = self._reference({**only, **kept(beside, "default", "description")}, owner)
                return {**made, **beside} if "$ref" not in made or not beside else with_limits(made, beside)
            whole: Node = {**(only if "$ref" not in only else resolve(self._spec, only)), **beside}
            return self.schema(whole, hint, owner=owner)
        whole = {}
        for part in parts_of(self._spec, node):
            whole |= {key: value for key, value in part.items() if key not in ("$ref", "allOf")}
        return self.schema(whole, hint, owner=owner) if "allOf" in node or "$ref" in node else whole

    def _union(self, node: Node, hint: str, owner: str) -> Node:
        """A choice between schemas."""
        union = self._unions.union_of(node)
        options = list(self._unions.options(node))
        null = [NULL] if any(is_null(option) for option in options) else []
        beside = kept(node, "default", "description")
        if union is not None:
            only = [name_of(option) for option in options if not is_null(option)]
            direct = [name_of(part) for part in (*sequence(node.get("anyOf")), *sequence(node.get("oneOf")))]
            named = [name for name in direct if name and self._is_union_name(name)]
            rest = [part for part in direct if part not in named and part]
            if len(named) == 1 and not rest and not union.others and "discriminator" not in node and only:
                reference = self._reference({"$ref": f"{PREFIX}{named[0]}"}, owner)
            else:
                reference = self._names.hoist(self._union_stub(union, hint, node), hint)
            core = [{"$ref": reference["$ref"]}] if "$ref" in reference else list(reference["anyOf"])
            return {"anyOf": [*core, *null], **beside} if null or "default" in beside else reference
        constants = constants_of(self._spec, [option for option in options if not is_null(option)])
        if len(constants) > 1 and all(isinstance(value, str) for value in constants):
            node = {"type": "string", "enum": [*constants, *([None] if null else [])], **beside}
            return self.schema(node, hint, owner=owner) if null else self._hoist_enum(node, hint, owner)
        return self._plain_union(node, options, hint, owner)

    def _hoist_enum(self, node: Node, hint: str, owner: str) -> Node:
        if owner == hint:  # the schema itself is named
            return node
        reference = self._names.hoist({key: value for key, value in node.items() if key != "default"}, hint)
        return self._nullable(reference, node, {}) if "default" in node else reference

    def _is_union_name(self, name: str) -> bool:
        end = target_name(self._spec, name)
        return self._unions.is_base(end) or self._unions.union_of(mapping(self._named.get(end))) is not None

    def _plain_union(self, node: Node, options: list[Node], hint: str, owner: str) -> Node:
        """A choice between schemas that JSON itself tells apart. Those that it does not become one."""
        groups, merged = grouped(self._spec, options)
        if not merged and not any(is_union(mapping(option)) for option in sequence(node.get("anyOf"))):
            for key in ("anyOf", "oneOf"):
                if key in node:
                    parts = enumerate(sequence(node[key]))
                    node[key] = [self.schema(part, f"{hint}Type{index}", owner=owner) for index, part in parts]
            return node
        found: list[Node] = []
        for kind, group in groups.items():
            made = [merged[kind]] if kind in merged else group
            found += [self.schema(part, hint, owner=owner) for part in made if part or kind not in merged]
        whole: Node = {"anyOf": found} if len(found) > 1 else found[0]
        return {**whole, **kept(node, "default", "description")}

    def _model_or_null(self, node: Node, fields: Node, hint: str, owner: str) -> Node:
        model = self._model(node, fields, hint, owner if owner == hint else "")
        if owner == hint or "null" not in sequence(node.get("type")):
            return model
        return {"anyOf": [self._names.hoist(model, hint), NULL], **kept(node, "description")}

    def _model(self, node: Node, fields: Node, hint: str, owner: str) -> Node:
        """A model: an object with fields, also with those of the objects that it includes."""
        schema = {key: value for key, value in node.items() if key not in ("allOf", "$ref", "discriminator")}
        name = owner or hint
        fields = self._with_tags(fields, owner)
        aliases = field_aliases(fields)
        made: Node = {}
        for field, part in fields.items():
            hint = f"{name}{pascal(aliases[field])}"
            made[aliases[field]] = self._names.inline(self.schema(part, hint), hint)
        required = [aliases[field] for field in required_of(self._spec, node) if field in aliases]
        schema |= {"type": "object", "properties": made, "required": required}
        schema["x-secret"] = [aliases[field] for field, part in fields.items() if is_secret(self._spec, part)]
        for key, mark in (("readOnly", "x-read-only"), ("writeOnly", "x-write-only")):
            if marked := [aliases[field] for field, part in fields.items() if is_marked(self._spec, part, key)]:
                schema[mark] = marked
        indispensable = {*sequence(self._spec.get(INDISPENSABLE)), *sequence(node.get(INDISPENSABLE))}
        schema[INDISPENSABLE] = [alias for field, alias in aliases.items() if field in indispensable]
        schema["x-forbidden"] = {aliases[field]: forbidden_in(self._spec, part) for field, part in fields.items()}
        if renamed := {alias: field for field, alias in aliases.items() if alias != field}:
            schema["x-wire-names"] = renamed
        return self._with_extra(schema, node, name)

    def _with_tags(self, fields: Node, owner: str) -> Node:
        """The fields of a member of unions, in which the field that tells it apart has its value."""
        for tag, values in self._tags.get(owner, {}).items():
            field = dict(mapping(fields.get(tag)) or {"type": JSON_TYPES[type(values[0])]})
            if len(values) == 1 and "default" not in field:
                field["default"] = values[0]
            fields = {**fields, tag: field}
        return fields

    def _with_extra(self, schema: Node, node: Node, name: str) -> Node:
        """What is known of the values of other names that an object may hold."""
        declared = [
            part["additionalProperties"] for part in parts_of(self._spec, node) if "additionalProperties" in part
        ]
        schema.pop("additionalProperties", None)
        if declared and declared[-1] is not False:
            extra = declared[-1]
            schema["additionalProperties"] = self.schema(extra, f"{name}AdditionalProperty") if mapping(extra) else True
            schema["x-extra"] = True
        elif declared:
            schema["additionalProperties"] = False
        return schema

    def _union_stub(self, union: TaggedUnion, name: str, node: Node) -> Node:
        """A tagged union as an object without fields, whose members stand in a key of its own."""
        members = [[list(member.tags), self._class_of(union.tag, member, name)] for member in union.members]
        fallback = name_of(union.fallback) if union.fallback else None
        stub: Node = {"type": "object", "additionalProperties": False, **kept(node, "description")}
        if union.others:
            other: Node = {"anyOf": union.others} if len(union.others) > 1 else union.others[0]
            stub |= {"properties": {"other": self.schema(other, name)}, "required": ["other"]}
        return {**stub, "x-union": {"tag": union.tag, "members": members, "fallback": fallback}}

    def _class_of(self, tag: str, member: Member, name: str) -> str:
        """The class of a member of a union."""
        if name_of(member.schema):
            return target_name(self._spec, name_of(member.schema))
        suffix = pascal(re.sub(r"\W+", "_", str(member.tags[0])))
        inner = self._names.reserve(f"{name}{suffix}", {})
        self._names.hoisted[inner] = {}  # keeps the name
        self._tags[inner] = {tag: member.tags}
        self._names.hoisted[inner] = self.schema(member.schema, inner, owner=inner)
        return inner
