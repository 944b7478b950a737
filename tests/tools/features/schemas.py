"""The rows of the feature matrix about schemas: names, types, unions, limits, what is sent and what is read."""
# ruff: noqa: E501 - a fragment is easier to read where a schema stands in one line

from __future__ import annotations

from matrix import Exchange, Feature, echo

NAMES = [
    Feature(
        "An object with fields",
        echo("PlainThing", sent="PlainThingIn")
        + """
        PlainThing: {type: object, required: [name], properties: {name: {type: string}, count: {type: integer, default: 3}}}
        PlainThingIn: {type: object, required: [name], properties: {name: {type: string}, count: {type: integer}}}
        """,
        """
        thing = await client.put_plain_thing(models.PlainThingIn(name="n"))
        assert_type(thing, models.PlainThing)
        assert (thing.name, thing.count) == ("n", 3)
        made += [thing]
        """,
        (Exchange("PUT /v0/plain_thing", {"name": "n"}, {"name": "n", "more": 1}),),
    ),
    Feature(
        "Fields that Python cannot name",
        echo("Oddly")
        + """
        Oddly:
          type: object
          required: [class, node-count]
          properties:
            class: {type: string}
            node-count: {type: integer, minimum: 1}
            filter[x]: {type: string}
            list: {type: array, items: {type: string}}
            nodeType: {type: string}
            1st: {type: string, format: date-time}
            _id: {type: string}
            self: {type: string}
            to_dict: {type: string}
        """,
        """
        sent = models.Oddly(class_="c", node_count=2, filter_x="f", list_=["a"], node_type="n", self_="s", to_dict_="t")
        oddly = await client.put_oddly(sent)
        assert (oddly.class_, oddly.node_count, oddly.filter_x, oddly.list_) == ("c", 2, "f", ["a"])
        assert oddly.field_1st == dt.datetime(2024, 1, 1, tzinfo=dt.UTC) and oddly.id == "i"
        assert oddly.to_dict()["node-count"] == 2 and models.Oddly.from_dict(oddly.to_dict()) == oddly
        made += [oddly, sent]
        assert refused(models.Oddly.from_json, b'{"class": "c", "node-count": "2"}') == "DecodeError: $.node-count"
        try:
            await client.put_oddly(models.Oddly(class_="c", node_count=0))
        except models.InvalidRequestError as error:
            assert error.problems[0].field == "node_count"
        raw = await client.send(models.api.put_oddly(sent))
        assert raw.unknown_fields == ("$.class_",)
        await client.put_oddly({"class": "m", "node-count": 1})
        """,
        (
            Exchange(
                "PUT /v0/oddly",
                {
                    "class": "c",
                    "node-count": 2,
                    "filter[x]": "f",
                    "list": ["a"],
                    "nodeType": "n",
                    "self": "s",
                    "to_dict": "t",
                },
                {
                    "class": "c",
                    "node-count": 2,
                    "filter[x]": "f",
                    "list": ["a"],
                    "1st": "2024-01-01T00:00:00Z",
                    "_id": "i",
                },
            ),
            Exchange(
                "PUT /v0/oddly",
                {
                    "class": "c",
                    "node-count": 2,
                    "filter[x]": "f",
                    "list": ["a"],
                    "nodeType": "n",
                    "self": "s",
                    "to_dict": "t",
                },
                {"class": "c", "node-count": 2, "class_": "unknown"},
            ),
            Exchange("PUT /v0/oddly", {"class": "m", "node-count": 1}, {"class": "c", "node-count": 2}),
        ),
    ),
    Feature(
        "Models with odd fields inside others",
        echo("Holder")
        + """
        Holder:
          type: object
          properties:
            oneItem: {$ref: '#/components/schemas/odd-item'}
            items: {type: array, items: {$ref: '#/components/schemas/odd-item'}}
            byName: {type: object, additionalProperties: {$ref: '#/components/schemas/odd-item'}}
            maybe: {anyOf: [{$ref: '#/components/schemas/odd-item'}, {type: 'null'}]}
        odd-item: {type: object, required: [from], properties: {from: {type: string}, at: {type: string, format: date-time}}}
        """,
        """
        item = models.OddItem(from_="f", at=dt.datetime(2024, 1, 1, tzinfo=dt.UTC))
        holder = await client.put_holder(models.Holder(one_item=item, items=[item], by_name={"k": item}, maybe=item))
        assert holder == models.Holder(one_item=item, items=[item], by_name={"k": item}, maybe=None)
        assert holder.by_name is not None and assert_type(holder.by_name["k"].from_, str) == "f"
        made += [holder]
        """,
        (
            Exchange(
                "PUT /v0/holder",
                {
                    "oneItem": {"from": "f", "at": "2024-01-01T00:00:00Z"},
                    "items": [{"from": "f", "at": "2024-01-01T00:00:00Z"}],
                    "byName": {"k": {"from": "f", "at": "2024-01-01T00:00:00Z"}},
                    "maybe": {"from": "f", "at": "2024-01-01T00:00:00Z"},
                },
                {
                    "oneItem": {"from": "f", "at": "2024-01-01"},
                    "items": [{"from": "f", "at": "2024-01-01T00:00:00+00:00"}],
                    "byName": {"k": {"from": "f", "at": "2024-01-01T00:00:00Z"}},
                    "maybe": None,
                },
            ),
        ),
    ),
    Feature(
        "A chosen name",
        echo("Choosy")
        + """
        Choosy: {type: object, properties: {x: {type: string}, X: {type: integer, x-python-name: big_x}}}
        """,
        """
        choosy = await client.put_choosy(models.Choosy(x="a", big_x=1))
        assert (choosy.x, choosy.big_x) == ("b", 2)
        """,
        (Exchange("PUT /v0/choosy", {"x": "a", "X": 1}, {"x": "b", "X": 2}),),
    ),
    Feature(
        "Two fields that get one name",
        echo("Clashing") + "\n        Clashing: {type: object, properties: {x: {type: string}, X: {type: integer}}}\n",
        refused="components.schemas.Clashing.properties.X: x and X both become x: give one of them x-python-name",
        why="Python has no way to tell them apart; `x-python-name` does.",
    ),
    Feature(
        "Schemas that Python cannot name",
        echo("lower_thing")
        + """
        lower_thing: {type: object, properties: {other: {$ref: '#/components/schemas/dotted.Name[x]'}, page: {$ref: '#/components/schemas/Page'}}}
        dotted.Name[x]: {type: object, properties: {a: {type: string}}}
        Page: {type: object, properties: {b: {type: string}}}
        """,
        """
        thing = await client.put_lower_thing(models.LowerThing(other=models.DottedNameX(a="a"), page=models.PageModel(b="b")))
        assert_type(thing, models.LowerThing)
        assert thing.other == models.DottedNameX(a="c")
        """,
        (Exchange("PUT /v0/lower_thing", {"other": {"a": "a"}, "page": {"b": "b"}}, {"other": {"a": "c"}}),),
    ),
    Feature(
        "Two schemas that get one name",
        echo("Twin")
        + """
        Twin: {type: object, properties: {a: {$ref: '#/components/schemas/twin'}}}
        twin: {type: object, properties: {a: {type: string}}}
        """,
        refused="components.schemas.twin: Twin and twin both become Twin: give one of them x-python-name",
        why="One class cannot be both; `x-python-name` names the other.",
    ),
]

DIRECTIONS = [
    Feature(
        "One model read and sent",
        echo("BothWays")
        + """
        BothWays:
          type: object
          required: [id, name, part, size]
          properties:
            id: {type: string, readOnly: true}
            name: {type: string, maxLength: 3}
            secret: {type: string, writeOnly: true}
            size: {type: [integer, 'null']}
            part: {$ref: '#/components/schemas/BothPart'}
            note: {type: [string, 'null']}
        BothPart: {type: object, required: [a, rid], properties: {a: {type: string}, rid: {type: integer, readOnly: true}, n: {type: [string, 'null']}}}
        """,
        """
        made_here = models.BothWays(name="abc", part=models.BothPart(a="x"), size=None)
        read = await client.put_both_ways(made_here)
        assert_type(read, models.BothWays)
        assert read.part.a is None and read.name is None and read.id == "i"  # reading is tolerant
        again = models.BothWays(name="b", part=models.BothPart(a="x", rid=5, n=models.NULL), size=2, note=models.NULL, secret="s")
        await client.put_both_ways(again)
        for bad in (
            models.BothWays(name="abcd", part=models.BothPart(a="x"), size=1),
            models.BothWays(name="abc", part=read.part, size=1),
            read,
        ):
            try:
                await client.put_both_ways(bad)
            except models.InvalidRequestError as error:
                assert error.problems, error
            else:
                raise AssertionError(bad)
        made += [read]
        """,
        (
            Exchange(
                "PUT /v0/both_ways",
                {"name": "abc", "part": {"a": "x"}, "size": None},
                {"id": "i", "name": None, "part": {"a": None}},
            ),
            Exchange(
                "PUT /v0/both_ways",
                {"name": "b", "part": {"a": "x", "n": None}, "size": 2, "note": None, "secret": "s"},
                {"id": "i", "name": "b", "part": {"a": "x", "rid": 5}},
            ),
        ),
    ),
    Feature(
        "readOnly in a request, writeOnly in a response",
        echo("OneWayOut", sent="OneWayIn")
        + """
        OneWayIn: {type: object, required: [id, name], properties: {id: {type: string, readOnly: true}, name: {type: string}}}
        OneWayOut: {type: object, required: [id, password], properties: {id: {type: string}, password: {type: string, writeOnly: true}}}
        """,
        """
        read = await client.put_one_way_out(models.OneWayIn(name="n"))
        assert assert_type(read.password, str | None) is None
        """,
        (Exchange("PUT /v0/one_way_out", {"name": "n"}, {"id": "i"}),),
    ),
    Feature(
        "An explicit null",
        echo("Nulled", sent="NulledIn")
        + """
        Nulled: {type: object, properties: {note: {type: [string, 'null']}}}
        NulledIn:
          type: object
          required: [must]
          properties:
            must: {type: [string, 'null']}
            note: {anyOf: [{type: string, maxLength: 2}, {type: 'null'}]}
            kind: {anyOf: [{$ref: '#/components/schemas/NulledKind'}, {type: 'null'}]}
            plain: {type: string}
        NulledKind: {type: string, enum: [a, b]}
        """,
        """
        await client.put_nulled(models.NulledIn(must=None, note=models.NULL, kind=models.NULL))
        await client.put_nulled(models.NulledIn(must="m", note=None))
        body = models.NulledIn(must="m")
        setattr(body, "plain", models.NULL)
        try:
            await client.put_nulled(body)
        except models.InvalidRequestError as error:
            assert error.problems[0].field == "plain"
        else:
            raise AssertionError
        models.NulledIn(must="m", plain=models.NULL)  # type: ignore[arg-type]
        assert models.NulledIn(must="m", note=models.NULL).to_dict() == {"must": "m", "note": None}
        """,
        (
            Exchange("PUT /v0/nulled", {"must": None, "note": None, "kind": None}, {"note": None}),
            Exchange("PUT /v0/nulled", {"must": "m"}, {}),
        ),
    ),
]

TYPES = [
    Feature(
        "Fields and values of other names",
        echo("Extra")
        + """
        Extra:
          type: object
          required: [a]
          properties: {a: {type: string}, more: {$ref: '#/components/schemas/ExtraTyped'}}
          additionalProperties: true
        ExtraTyped: {type: object, properties: {a: {type: string}}, additionalProperties: {$ref: '#/components/schemas/ExtraValue'}}
        ExtraValue: {type: object, properties: {n: {type: integer}}}
        """,
        """
        typed = models.ExtraTyped(a="x", additional_properties={"k": models.ExtraValue(n=1)})
        extra = await client.put_extra(models.Extra(a="b", more=typed, additional_properties={"z": [1]}))
        assert extra.additional_properties == {"y": {"q": None}}
        assert extra.more is not None
        assert_type(extra.more.additional_properties, dict[str, models.ExtraValue])
        assert extra.more.additional_properties["k"].n == 2
        made += [extra, extra.more]
        try:
            await client.put_extra(models.Extra(a="b", additional_properties={"a": 1}))
        except models.InvalidRequestError as error:
            assert error.problems[0].field == "additional_properties"
        raw = await client.send(models.api.put_extra(models.Extra(a="b")))
        assert raw.unknown_fields == ()
        """,
        (
            Exchange(
                "PUT /v0/extra",
                {"a": "b", "z": [1], "more": {"a": "x", "k": {"n": 1}}},
                {"a": "c", "y": {"q": None}, "more": {"k": {"n": 2}}},
            ),
            Exchange("PUT /v0/extra", {"a": "b"}, {"a": "c", "y": 1}),
        ),
    ),
    Feature(
        "Typed maps",
        echo("Maps")
        + """
        Maps:
          type: object
          properties:
            numbers: {type: object, additionalProperties: {type: integer}}
            lists: {$ref: '#/components/schemas/MapOfLists'}
            free: {type: object}
        MapOfLists: {type: object, additionalProperties: {type: array, items: {type: string, format: date}}}
        """,
        """
        maps = await client.put_maps(models.Maps(numbers={"a": 1}, lists={"d": [dt.date(2024, 1, 2)]}, free={"x": [1]}))
        assert maps == models.Maps(numbers={"a": 2}, lists={"d": [dt.date(2024, 1, 3)]}, free={"x": [2]})
        made += [maps]
        """,
        (
            Exchange(
                "PUT /v0/maps",
                {"numbers": {"a": 1}, "lists": {"d": ["2024-01-02"]}, "free": {"x": [1]}},
                {"numbers": {"a": 2.0}, "lists": {"d": ["2024-01-03"]}, "free": {"x": [2]}},
            ),
        ),
    ),
    Feature(
        "Enums of whole numbers, and with null",
        echo("Enumerated")
        + """
        Enumerated:
          type: object
          required: [level]
          properties:
            level: {$ref: '#/components/schemas/EnumLevel'}
            maybe: {$ref: '#/components/schemas/EnumMaybe'}
            inline: {type: [string, 'null'], enum: [x, y, null]}
            levels: {type: array, items: {$ref: '#/components/schemas/EnumLevel'}}
            start: {allOf: [{$ref: '#/components/schemas/EnumLevel'}], default: 2}
        EnumLevel: {type: integer, enum: [1, 2, -3]}
        EnumMaybe: {enum: [a, b, null]}
        """,
        """
        body = models.Enumerated(level=models.EnumLevel.VALUE_1, maybe=models.EnumMaybe.A, inline=models.NULL)
        read = await client.put_enumerated(body)
        assert_type(read.maybe, models.EnumMaybe | models.Null | None)
        assert read.level == 9 and not read.level.is_known and read.maybe is None
        assert read.levels == [models.EnumLevel.VALUE_2, models.EnumLevel.VALUE_NEGATIVE_3]
        made += [read]
        """,
        (
            Exchange(
                "PUT /v0/enumerated",
                {"level": 1, "maybe": "a", "inline": None, "start": 2},
                {"level": 9, "maybe": None, "inline": "new", "levels": [2.0, -3]},
            ),
        ),
    ),
    Feature(
        "Constants",
        echo("Constant", sent="ConstantIn")
        + """
        Constant: {type: object, required: [kind], properties: {kind: {const: old}, version: {const: 1}}}
        ConstantIn: {type: object, required: [kind], properties: {kind: {const: new}, version: {const: 1}}}
        """,
        """
        read = await client.put_constant(models.ConstantIn(version=1))
        assert_type(read.kind, str)
        assert (read.kind, read.version) == ("newer", 2)
        made += [read]
        """,
        (Exchange("PUT /v0/constant", {"kind": "new", "version": 1}, {"kind": "newer", "version": 2}),),
    ),
    Feature(
        "Whole numbers sent as 5.0",
        echo("Floating", sent="PlainFloat")
        + """
        Floating: {type: object, required: [count], properties: {count: {type: integer}, counts: {type: array, items: {type: integer}}, ratio: {type: number}}}
        PlainFloat: {type: object, properties: {ratio: {type: number}}}
        """,
        """
        read = await client.put_floating(models.PlainFloat(ratio=1))
        assert (read.count, read.counts, read.ratio) == (5, [1, 2], 3.0) and type(read.count) is int
        assert refused(models.Floating.from_json, b'{"count": 5.5}') == "DecodeError: $.count"
        """,
        (Exchange("PUT /v0/floating", {"ratio": 1}, b'{"count": 5.0, "counts": [1.0, 2e0], "ratio": 3}'),),
    ),
    Feature(
        "Recursive arrays, maps and models",
        echo("Recursive")
        + """
        Recursive:
          type: object
          properties:
            tree: {$ref: '#/components/schemas/RecursiveTree'}
            map: {$ref: '#/components/schemas/RecursiveMap'}
            json: {$ref: '#/components/schemas/RecursiveJson'}
            next: {$ref: '#/components/schemas/Recursive'}
        RecursiveTree: {type: array, items: {$ref: '#/components/schemas/RecursiveTree'}}
        RecursiveMap: {type: object, additionalProperties: {$ref: '#/components/schemas/RecursiveMap'}}
        RecursiveJson:
          anyOf:
          - {type: string}
          - {type: array, items: {$ref: '#/components/schemas/RecursiveJson'}}
          - {type: object, additionalProperties: {$ref: '#/components/schemas/RecursiveJson'}}
        """,
        """
        body = models.Recursive(tree=[[[]]], map={"a": {"b": {}}}, json=[{"x": ["y"]}], next=models.Recursive(tree=[]))
        read = await client.put_recursive(body)
        assert read == body
        made += [read]
        """,
        (
            Exchange(
                "PUT /v0/recursive",
                {"tree": [[[]]], "map": {"a": {"b": {}}}, "json": [{"x": ["y"]}], "next": {"tree": []}},
                {"tree": [[[]]], "map": {"a": {"b": {}}}, "json": [{"x": ["y"]}], "next": {"tree": []}},
            ),
        ),
        why="The inner levels of arrays and maps are typed as `Any`.",
    ),
    Feature(
        "Limits, also behind a reference",
        echo("Limited", sent="LimitedIn")
        + """
        Limited: {type: object, properties: {name: {$ref: '#/components/schemas/LimitedName'}}}
        LimitedIn:
          type: object
          properties:
            name: {$ref: '#/components/schemas/LimitedName'}
            short: {$ref: '#/components/schemas/LimitedName', maxLength: 2, description: Short.}
            both: {allOf: [{$ref: '#/components/schemas/LimitedName'}, {maxLength: 3}]}
            count: {allOf: [{type: integer}, {minimum: 2}]}
            many: {$ref: '#/components/schemas/LimitedList'}
            preset: {$ref: '#/components/schemas/LimitedPreset'}
        LimitedName: {type: string, maxLength: 4, pattern: '^[a-z]+$'}
        LimitedList: {type: array, items: {type: string}, maxItems: 1}
        LimitedPreset: {type: integer, default: 7}
        """,
        """
        await client.put_limited(models.LimitedIn(name="abcd", short="ab", both="abc", count=2, many=["x"]))
        for bad in (
            models.LimitedIn(name="abcde"),
            models.LimitedIn(name="A"),
            models.LimitedIn(short="abc"),
            models.LimitedIn(both="abcd"),
            models.LimitedIn(count=1),
            models.LimitedIn(many=["x", "y"]),
        ):
            try:
                await client.put_limited(bad)
            except models.InvalidRequestError as error:
                assert len(error.problems) == 1
            else:
                raise AssertionError(bad)
        """,
        (
            Exchange(
                "PUT /v0/limited",
                {"name": "abcd", "short": "ab", "both": "abc", "count": 2, "many": ["x"], "preset": 7},
                {"name": "TOO LONG"},
            ),
        ),
    ),
    Feature(
        "allOf",
        echo("Combined")
        + """
        Combined:
          allOf:
          - {$ref: '#/components/schemas/CombinedBase'}
          - {type: object, required: [b], properties: {b: {type: integer}, a: {maxLength: 2}}}
        CombinedBase: {type: object, required: [a], properties: {a: {type: string}, camelCase: {type: string}}}
        """,
        """
        read = await client.put_combined(models.Combined(a="x", b=1, camel_case="c"))
        assert_type(read.a, str)
        assert (read.a, read.b, read.camel_case) == ("y", 2, "d")
        try:
            await client.put_combined(models.Combined(a="xyz", b=1))
        except models.InvalidRequestError as error:
            assert error.problems[0].field == "a"
        else:
            raise AssertionError
        """,
        (Exchange("PUT /v0/combined", {"a": "x", "b": 1, "camelCase": "c"}, {"a": "y", "b": 2, "camelCase": "d"}),),
    ),
    Feature(
        "Inline schemas whose names are taken",
        echo("TakenOrder")
        + """
        TakenOrder:
          type: object
          properties:
            item: {type: object, properties: {sku: {type: string}}}
            item_kind: {type: string, enum: [a, b]}
            notes: {type: object, additionalProperties: {$ref: '#/components/schemas/TakenOrderNotes'}}
            lines: {type: array, items: {$ref: '#/components/schemas/TakenOrderItem'}}
        TakenOrderItem: {type: object, properties: {kind: {type: string, enum: [c, d]}, re: {type: string}}}
        TakenOrderNotes: {type: object, properties: {text: {type: string}}}
        """,
        """
        line = models.TakenOrderItem(kind=models.TakenOrderItemKind2.C, re_="r")
        order = models.TakenOrder(
            item=models.TakenOrderItem2(sku="s"),
            item_kind=models.TakenOrderItemKind.A,
            notes={"n": models.TakenOrderNotes(text="t")},
            lines=[line],
        )
        read = await client.put_taken_order(order)
        assert read == order
        made += [order]
        """,
        (
            Exchange(
                "PUT /v0/taken_order",
                TAKEN := {
                    "item": {"sku": "s"},
                    "item_kind": "a",
                    "notes": {"n": {"text": "t"}},
                    "lines": [{"kind": "c", "re": "r"}],
                },
                TAKEN,
            ),
        ),
        why="the class of an inline schema is named after its place, with a number if that name is taken",
    ),
    Feature(
        "Mappings where the spec has models",
        echo("MappedParts")
        + """
        MappedParts:
          type: object
          properties:
            by_name: {type: object, additionalProperties: {$ref: '#/components/schemas/MappedPart'}}
            listed: {type: array, items: {$ref: '#/components/schemas/MappedPart'}}
            one: {$ref: '#/components/schemas/MappedPart'}
        MappedPart: {type: object, properties: {size: {type: integer}}}
        """,
        """
        await client.put_mapped_parts({"by_name": {"a": {"size": 1}}, "listed": [{"size": 2}], "one": {"size": 3}})
        misspelt: dict[str, object] = {"siez": 1}
        for wrong in ({"by_name": {"a": misspelt}}, {"listed": [misspelt]}, {"one": misspelt}):
            try:
                await client.put_mapped_parts(wrong)
            except models.InvalidRequestError as error:
                assert error.problems[0].rule == "unknown field", error
            else:
                raise AssertionError(wrong)
        """,
        (
            Exchange(
                "PUT /v0/mapped_parts",
                {"by_name": {"a": {"size": 1}}, "listed": [{"size": 2}], "one": {"size": 3}},
                {},
            ),
        ),
        why="an unknown key is refused, in the values of maps and in lists, too",
    ),
    Feature(
        "A pattern that a text must not contain",
        echo("ForbiddenText")
        + """
        ForbiddenText:
          type: object
          required: [name, x_id]
          properties:
            name: {type: string}
            x_id: {type: string}
            slug: {type: string, not: {pattern: '^x'}}
        """,
        """
        await client.put_forbidden_text(models.ForbiddenText(name="a\\nb", x_id="c\\td", slug="ax"))
        try:
            await client.put_forbidden_text(models.ForbiddenText(name="a", x_id="b", slug="xa"))
        except models.InvalidRequestError as error:
            assert error.problems[0].field == "slug"
        else:
            raise AssertionError
        """,
        (
            Exchange(
                "PUT /v0/forbidden_text", {"name": "a\nb", "x_id": "c\td", "slug": "ax"}, {"name": "q", "x_id": ""}
            ),
        ),
        why="`not` with a `pattern` is the only `not` that works; it is checked before a request is sent",
    ),
    Feature(
        "Whole numbers of 64 bits",
        echo("WideNumbers")
        + """
        WideNumbers:
          type: object
          properties:
            whole: {type: integer}
            wide: {type: integer, maximum: 18446744073709551615}
            ratio: {type: number}
        """,
        """
        read = await client.put_wide_numbers(models.WideNumbers(whole=2**63 - 1, ratio=2**64))
        assert read.wide == 2**64 - 1
        for wrong in (models.WideNumbers(whole=2**63), models.WideNumbers(wide=2**63)):
            try:
                await client.put_wide_numbers(wrong)
            except models.InvalidRequestError as error:
                assert error.problems[0].rule == "must be within 64 bits"
            else:
                raise AssertionError
        """,
        (Exchange("PUT /v0/wide_numbers", {"whole": 2**63 - 1, "ratio": 2.0**64}, {"wide": 2**64 - 1}),),
        why="wider numbers can be read, and are not sent",
    ),
    Feature(
        "What a part of allOf requires of another",
        echo("RequiringWhole")
        + """
        RequiringWhole:
          required: [c]
          allOf:
            - {$ref: '#/components/schemas/RequiringBase'}
            - {type: object, required: [a, b], properties: {b: {type: string}}}
          properties: {c: {type: integer}}
        RequiringBase: {type: object, properties: {a: {type: string, maxLength: 3}}}
        """,
        """
        whole = await client.put_requiring_whole(models.RequiringWhole(a="x", b="y", c=1))
        assert_type(whole.a, str)
        made += [whole]
        """,
        (Exchange("PUT /v0/requiring_whole", {"a": "x", "b": "y", "c": 1}, {"a": "x", "b": "y", "c": 1}),),
    ),
    Feature(
        "Nullable references and objects",
        echo("Nullables")
        + """
        Nullables:
          type: object
          properties:
            named: {$ref: '#/components/schemas/NullableNamed'}
            inline: {type: [object, 'null'], properties: {a: {type: string}}}
            either: {anyOf: [{$ref: '#/components/schemas/NullableNamed'}, {type: 'null'}]}
        NullableNamed: {type: [object, 'null'], properties: {a: {type: string}}}
        """,
        """
        read = await client.put_nullables(models.Nullables(named=models.NullableNamed(a="x"), either=models.NULL))
        assert read.named is None and read.either == models.NullableNamed(a="y")
        assert read.inline == models.NullablesInline(a="z")
        made += [read]
        """,
        (
            Exchange(
                "PUT /v0/nullables",
                {"named": {"a": "x"}, "either": None},
                {"named": None, "inline": {"a": "z"}, "either": {"a": "y"}},
            ),
        ),
    ),
    Feature(
        "Defaults",
        echo("Defaulted")
        + """
        Defaulted:
          type: object
          properties:
            text: {type: string, default: a"b}
            number: {type: number, default: 1}
            colours: {type: array, items: {$ref: '#/components/schemas/DefaultColour'}, default: [red]}
            colour: {$ref: '#/components/schemas/DefaultColour', default: red}
            day: {type: string, format: date, default: '2024-01-02'}
            camelCase: {type: boolean, default: true}
            shade: {$ref: '#/components/schemas/DefaultShade'}
        DefaultColour: {type: string, enum: [red, green]}
        DefaultShade: {type: string, enum: [light, dark], default: dark}
        """,
        """
        read = await client.put_defaulted(models.Defaulted(colour=models.DefaultColour.GREEN))
        assert read == models.Defaulted()
        assert (read.text, read.number, read.camel_case, read.day) == ('a"b', 1.0, True, dt.date(2024, 1, 2))
        """,
        (
            Exchange(
                "PUT /v0/defaulted",
                {
                    "text": 'a"b',
                    "number": 1.0,
                    "colours": ["red"],
                    "colour": "green",
                    "day": "2024-01-02",
                    "camelCase": True,
                    "shade": "dark",
                },
                {"camelCase": None},
            ),
        ),
    ),
]

UNIONS = [
    Feature(
        "oneOf with a discriminator",
        echo("UnionHolder")
        + """
        UnionHolder:
          type: object
          required: [pet]
          properties:
            pet: {$ref: '#/components/schemas/UnionPet'}
            pets: {type: array, items: {$ref: '#/components/schemas/UnionPet'}}
            byName: {type: object, additionalProperties: {$ref: '#/components/schemas/UnionPet'}}
            maybe: {anyOf: [{$ref: '#/components/schemas/UnionPet'}, {type: 'null'}]}
        UnionPet:
          description: A pet.
          oneOf: [{$ref: '#/components/schemas/UnionCat'}, {$ref: '#/components/schemas/UnionDog'}]
          discriminator: {propertyName: petType, mapping: {cat: '#/components/schemas/UnionCat'}}
        UnionCat: {type: object, required: [petType], properties: {petType: {type: string}, lives: {type: integer}}}
        UnionDog: {type: object, required: [petType], properties: {petType: {type: string}, at: {type: string, format: date-time}}}
        """,
        """
        cat, dog = models.UnionCat(lives=9), models.UnionDog(at=dt.datetime(2024, 1, 1, tzinfo=dt.UTC))
        read = await client.put_union_holder(models.UnionHolder(pet=cat, pets=[dog], by_name={"k": cat}, maybe=models.NULL))
        assert_type(read.pet, models.UnionCat | models.UnionDog)
        assert read.pet == cat and read.pets == [dog, cat] and read.by_name == {"k": dog} and read.maybe == dog
        pet: models.UnionPet = read.pet
        assert isinstance(pet, models.UnionCat)
        made += [read]
        assert refused(models.UnionHolder.from_json, b'{"pet": {"petType": "fish"}}') == "DecodeError: $.pet.petType"
        assert refused(models.UnionHolder.from_json, b'{"pet": {"petType": "cat", "lives": "x"}}') == "DecodeError: $.pet.lives"
        try:
            await client.put_union_holder(models.UnionHolder(pet=models.UnionCat(lives="x")))  # type: ignore[arg-type]
        except models.InvalidRequestError as error:
            assert error.problems[0].field == "pet.lives", error.problems
        else:
            raise AssertionError
        raw = await client.send(models.api.put_union_holder(models.UnionHolder(pet=cat)))
        assert raw.unknown_fields == ("$.pet.new",)
        """,
        (
            Exchange(
                "PUT /v0/union_holder",
                {
                    "pet": {"petType": "cat", "lives": 9},
                    "pets": [{"petType": "UnionDog", "at": "2024-01-01T00:00:00Z"}],
                    "byName": {"k": {"petType": "cat", "lives": 9}},
                    "maybe": None,
                },
                {
                    "pet": {"petType": "cat", "lives": 9.0},
                    "pets": [{"petType": "UnionDog", "at": "2024-01-01"}, {"petType": "cat", "lives": 9}],
                    "byName": {"k": {"petType": "UnionDog", "at": "2024-01-01T00:00:00Z"}},
                    "maybe": {"petType": "UnionDog", "at": "2024-01-01T00:00:00Z"},
                },
            ),
            Exchange(
                "PUT /v0/union_holder", {"pet": {"petType": "cat", "lives": 9}}, {"pet": {"petType": "cat", "new": 1}}
            ),
        ),
    ),
    Feature(
        "oneOf with a const field, as a whole body",
        echo("ConstUnion")
        + """
        ConstUnion:
          oneOf:
          - {$ref: '#/components/schemas/ConstA'}
          - type: object
            required: [type]
            properties: {type: {const: b}, class: {type: string}}
        ConstA: {type: object, required: [type, n], properties: {type: {type: string, enum: [a]}, n: {type: integer, maximum: 5}}}
        """,
        """
        read = await client.put_const_union(models.ConstA(n=1))
        assert_type(read, models.ConstA | models.ConstUnionB)
        assert read == models.ConstUnionB(class_="x")
        made += [read]
        await client.put_const_union(read)
        for bad in (models.ConstA(n=6), None):
            try:
                await client.put_const_union(bad)  # type: ignore[arg-type]
            except models.InvalidRequestError as error:
                assert error.problems
            else:
                raise AssertionError(bad)
        """,
        (
            Exchange("PUT /v0/const_union", {"type": "a", "n": 1}, {"type": "b", "class": "x"}),
            Exchange("PUT /v0/const_union", {"type": "b", "class": "x"}, {"type": "a", "n": 2}),
        ),
    ),
    Feature(
        "allOf with a discriminator",
        echo("BaseHolder")
        + """
        BaseHolder: {type: object, required: [shape], properties: {shape: {$ref: '#/components/schemas/Shape'}}}
        Shape:
          type: object
          required: [kind]
          discriminator: {propertyName: kind, mapping: {circle: '#/components/schemas/ShapeCircle'}}
          properties: {kind: {type: string}, name: {type: string}}
        ShapeCircle: {allOf: [{$ref: '#/components/schemas/Shape'}, {type: object, properties: {radius: {type: number}}}]}
        ShapeSquare: {allOf: [{$ref: '#/components/schemas/Shape'}, {type: object, properties: {side: {type: number}}}]}
        """,
        """
        read = await client.put_base_holder(models.BaseHolder(shape=models.ShapeCircle(radius=2.5, name="n")))
        assert_type(read.shape, models.ShapeCircle | models.ShapeSquare | models.Shape)
        assert read.shape == models.ShapeSquare(side=1.0)
        made += [read]
        other = await client.put_base_holder(models.BaseHolder(shape=models.ShapeSquare(side=1)))
        assert other.shape == models.Shape(kind="star", name="s")
        """,
        (
            Exchange(
                "PUT /v0/base_holder",
                {"shape": {"kind": "circle", "name": "n", "radius": 2.5}},
                {"shape": {"kind": "ShapeSquare", "side": 1}},
            ),
            Exchange(
                "PUT /v0/base_holder",
                {"shape": {"kind": "ShapeSquare", "side": 1}},
                {"shape": {"kind": "star", "name": "s", "points": 5}},
            ),
        ),
        why="A value of the discriminator that is not in the spec is read as the base.",
    ),
    Feature(
        "Unions of values that JSON tells apart",
        echo("Mixture")
        + """
        Mixture:
          type: object
          properties:
            a: {oneOf: [{type: string}, {type: integer}]}
            b: {anyOf: [{type: string, format: date-time}, {type: string}]}
            c: {anyOf: [{$ref: '#/components/schemas/MixtureKind'}, {type: string}, {type: 'null'}]}
            d: {type: [string, number, 'null']}
            e: {anyOf: [{type: array, items: {type: string}}, {type: array, items: {type: integer}}, {type: boolean}]}
            f: {anyOf: [{$ref: '#/components/schemas/MixturePart'}, {type: string}]}
            g: {anyOf: [{const: x}, {const: y}]}
            h: {anyOf: [{type: integer}, {type: number}]}
        MixtureKind: {type: string, enum: [k]}
        MixturePart: {type: object, properties: {p: {type: string}}}
        """,
        """
        part = models.MixturePart(p="q")
        body = models.Mixture(a=1, b="text", c="other", d=1.5, e=["x", 1], f=part, g=models.MixtureG.X, h=1)
        read = await client.put_mixture(body)
        assert (read.a, read.b, read.c, read.d, read.e, read.f) == ("s", "2024", "k", "t", True, "u")
        assert read.g == "z" and not read.g.is_known
        made += [read]
        """,
        (
            Exchange(
                "PUT /v0/mixture",
                {"a": 1, "b": "text", "c": "other", "d": 1.5, "e": ["x", 1], "f": {"p": "q"}, "g": "x", "h": 1},
                {"a": "s", "b": "2024", "c": "k", "d": "t", "e": True, "f": "u", "g": "z", "h": 2.5},
            ),
        ),
        why="Texts of several kinds are one `str`, and lists of several kinds are one list.",
    ),
    Feature(
        "A tagged union beside other values",
        echo("Beside")
        + """
        Beside:
          type: object
          properties:
            value:
              anyOf:
              - {$ref: '#/components/schemas/BesideA'}
              - {$ref: '#/components/schemas/BesideB'}
              - {type: string}
              - {type: array, items: {type: integer}}
              - {type: 'null'}
        BesideA: {type: object, properties: {t: {const: 1}, a: {type: string}}}
        BesideB: {type: object, properties: {t: {const: 2}, b: {type: string}}}
        """,
        """
        read = await client.put_beside(models.Beside(value=models.BesideB(b="x")))
        assert read.value == [1, 2]
        read = await client.put_beside(models.Beside(value="text"))
        assert read.value == models.BesideA(a="y")
        made += [read]
        read = await client.put_beside(models.Beside(value=models.NULL))
        assert read.value is None
        """,
        (
            Exchange("PUT /v0/beside", {"value": {"t": 2, "b": "x"}}, {"value": [1, 2]}),
            Exchange("PUT /v0/beside", {"value": "text"}, {"value": {"t": 1, "a": "y"}}),
            Exchange("PUT /v0/beside", {"value": None}, {"value": None}),
        ),
    ),
]


def _refused(name: str, schema: str, refused: str, why: str) -> Feature:
    return Feature(name, echo("Refused") + f"\n        Refused: {schema}\n", refused=refused, why=why)


PLAIN = "{type: object, properties: {a: {type: string}}}"
REFUSED = [
    _refused(
        "A union of objects that nothing tells apart",
        f"{{type: object, properties: {{u: {{oneOf: [{PLAIN}, {PLAIN.replace('a:', 'b:')}]}}}}}}",
        r"Refused.properties.u.oneOf: nothing tells these objects apart: add a discriminator",
        "The client could only guess which class a response is of.",
    ),
    _refused(
        "A union of an object and a map",
        f"{{type: object, properties: {{u: {{anyOf: [{PLAIN}, {{type: object, additionalProperties: {{type: string}}}}]}}}}}}",
        r"Refused.properties.u.anyOf: nothing tells an object with fields from one without",
        "The client could only guess which one a response is.",
    ),
    _refused(
        "oneOf of required lists",
        "{type: object, properties: {a: {type: string}, b: {type: string}}, oneOf: [{required: [a]}, {required: [b]}]}",
        r"Refused.oneOf: a choice between rules \(required\) has no type in Python: remove it",
        "It is a rule, not a type; the server checks it.",
    ),
    _refused(
        "Fields beside oneOf",
        f"{{type: object, properties: {{a: {{type: string}}}}, oneOf: [{PLAIN}, {PLAIN}]}}",
        r"Refused.oneOf: properties stands beside a choice: move it into each",
        "Python has no type for a class that is one of several.",
    ),
    _refused(
        "not",
        "{not: {type: string}}",
        r"Refused.not: `not` has no type in Python: remove it",
        "No type excludes values.",
    ),
    _refused(
        "patternProperties",
        "{type: object, patternProperties: {'^x': {type: string}}}",
        r"Refused.patternProperties: .*: use additionalProperties",
        "Python has no dict with rules for its keys.",
    ),
    _refused(
        "$defs",
        "{type: object, $defs: {A: {type: string}}, properties: {a: {type: string}}}",
        r"Refused.\$defs: .*: move them to components.schemas",
        "Only named schemas get classes.",
    ),
    _refused(
        "A reference into a schema",
        "{type: object, properties: {a: {type: string}, b: {$ref: '#/components/schemas/Refused/properties/a'}}}",
        r"Refused.properties.b: \$ref .* points to no named schema: move its target to components.schemas",
        "Only named schemas get classes.",
    ),
    _refused(
        "A default of another type",
        "{type: object, properties: {a: {type: integer, default: many}}}",
        r"Refused.properties.a.default: is no integer: correct it, or remove it",
        "It could not be sent.",
    ),
    _refused(
        "A default that an enum does not have",
        "{type: object, properties: {a: {type: string, enum: [x], default: y}}}",
        r"Refused.properties.a.default: is none of the values that the schema admits",
        "It could not be sent.",
    ),
    _refused(
        "A schema that is made of itself",
        "{allOf: [{$ref: '#/components/schemas/Refused'}, {type: object, properties: {a: {type: string}}}]}",
        r"components.schemas.Refused: is made of itself",
        "It has no end.",
    ),
    _refused(
        "An enum of several types",
        "{type: object, properties: {a: {enum: [x, 1]}}}",
        r"Refused.properties.a.enum: only printable strings, or only whole numbers",
        "A Python enum has one type.",
    ),
    _refused(
        "allOf of several types",
        "{allOf: [{type: string}, {type: integer}]}",
        r"Refused.allOf: a value cannot be integer and string at once",
        "No value has it.",
    ),
    _refused(
        "nullable in a document of OpenAPI 3.1",
        "{type: object, properties: {a: {type: string, nullable: true}}}",
        r"Refused.properties.a.nullable: is of OpenAPI 3.0: write type: \[..., 'null'\]",
        "OpenAPI 3.1 has another way to say it.",
    ),
    _refused(
        "Schemas nested a hundred levels deep",
        "{type: array, items: " * 101 + "{type: string}" + "}" * 101,
        r"nested more than 100 levels deep: move inner schemas to components.schemas",
        "The tools follow a document level by level.",
    ),
]

ROWS = [*NAMES, *DIRECTIONS, *TYPES, *UNIONS, *REFUSED]
