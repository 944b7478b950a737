"""The rows of the feature matrix about documents of OpenAPI 3.0, which are rewritten in 3.1 when they are read."""
# ruff: noqa: E501 - a fragment is easier to read where a schema stands in one line

from __future__ import annotations

from matrix import Exchange, Feature, echo

VERSION = "\n        openapi: 3.0.3"


def _refused(name: str, field: str, refused: str, why: str) -> Feature:
    schema = f"\n        Refused: {{type: object, properties: {{a: {field}}}}}\n"
    return Feature(name, VERSION + echo("Refused") + schema, refused=refused, why=why)


ROWS = [
    Feature(
        "nullable",
        VERSION
        + echo("Older")
        + """
        Older:
          type: object
          required: [word]
          properties:
            word: {type: string, nullable: true}
            named: {$ref: '#/components/schemas/OlderNamed', nullable: true, description: Another.}
            wrapped: {nullable: true, allOf: [{$ref: '#/components/schemas/OlderNamed'}]}
            colour: {type: string, enum: [red, green], nullable: true}
            either: {nullable: true, oneOf: [{$ref: '#/components/schemas/OlderCat'}, {$ref: '#/components/schemas/OlderDog'}], discriminator: {propertyName: kind}}
            words: {type: array, items: {type: string, nullable: true}}
            inline: {type: object, nullable: true, properties: {a: {type: string}}}
        OlderNamed: {type: object, properties: {a: {type: string}}}
        OlderCat: {type: object, required: [kind], properties: {kind: {type: string}}}
        OlderDog: {type: object, required: [kind], properties: {kind: {type: string}}}
        """,
        """
        read = await client.put_older(models.Older(word=None, named=models.NULL, wrapped=models.OlderNamed(a="x"), either=models.OlderCat(kind="OlderCat")))
        assert read.word is None and read.named is None and read.wrapped is None and read.colour is None
        assert read.either is None and read.inline is None and read.words == ["a", None]
        made += [read]
        again = await client.put_older(models.Older(word="w", colour=models.OlderColour.RED))
        assert again.named == models.OlderNamed(a="n") and again.wrapped == models.OlderNamed(a="p")
        assert again.colour is models.OlderColour.GREEN and isinstance(again.either, models.OlderDog)
        assert again.inline == models.OlderInline(a="i")
        """,
        (
            Exchange(
                "PUT /v0/older",
                {"word": None, "named": None, "wrapped": {"a": "x"}, "either": {"kind": "OlderCat"}},
                {
                    "word": None,
                    "named": None,
                    "wrapped": None,
                    "colour": None,
                    "either": None,
                    "words": ["a", None],
                    "inline": None,
                },
            ),
            Exchange(
                "PUT /v0/older",
                {"word": "w", "colour": "red"},
                {
                    "word": "w",
                    "named": {"a": "n"},
                    "wrapped": {"a": "p"},
                    "colour": "green",
                    "either": {"kind": "OlderDog"},
                    "inline": {"a": "i"},
                },
            ),
        ),
        why="Beside `$ref`, `allOf` or `enum` it is taken as it is meant: null is one of the values.",
    ),
    Feature(
        "Limits that are excluded by a mark",
        VERSION
        + echo("OlderLimits")
        + """
        OlderLimits:
          type: object
          properties:
            above: {type: integer, minimum: 1, exclusiveMinimum: true}
            upto: {type: integer, maximum: 5, exclusiveMaximum: false}
        """,
        """
        for wrong in (models.OlderLimits(above=1), models.OlderLimits(upto=6)):
            try:
                await client.put_older_limits(wrong)
            except models.InvalidRequestError:
                continue
            raise AssertionError(wrong)
        made += [await client.put_older_limits(models.OlderLimits(above=2, upto=5))]
        """,
        (Exchange("PUT /v0/older_limits", {"above": 2, "upto": 5}, {"above": 2}),),
    ),
    Feature(
        "Files and bytes of OpenAPI 3.0",
        """
        openapi: 3.0.3
        paths:
          /older_file:
            post:
              operationId: send_older_file
              tags: [features]
              requestBody:
                required: true
                content:
                  application/octet-stream: {schema: {type: string, format: binary}}
              responses:
                '200':
                  description: It.
                  content: {application/json: {schema: {$ref: '#/components/schemas/OlderSum'}}}
        components:
          schemas:
            OlderSum:
              type: object
              properties:
                sum: {type: string, format: byte, example: aGk=}
        """,
        """
        read = await client.send_older_file(b"hi")
        assert read.sum == "aGk="
        made += [read]
        """,
        (Exchange("POST /v0/older_file", b"hi", {"sum": "aGk="}, media_type="application/json"),),
        why="`byte` stays text in base64.",
    ),
    _refused(
        "Keywords of OpenAPI 3.1 in a document of 3.0",
        "{const: x}",
        r"Refused.properties.a.const: is of OpenAPI 3.1, and 3.0 is declared: declare openapi: 3.1.0",
        "The document says two things of itself.",
    ),
    _refused(
        "Lists of types in a document of 3.0",
        "{type: [string, 'null']}",
        r"Refused.properties.a.type: null and lists of types are of OpenAPI 3.1.*: write nullable",
        "The document says two things of itself.",
    ),
    _refused(
        "Rules beside $ref in a document of 3.0",
        "{$ref: '#/components/schemas/Refused', minProperties: 1}",
        r"Refused.properties.a.minProperties: OpenAPI 3.0 ignores what stands beside \$ref: move both into an allOf",
        "OpenAPI 3.0 ignores them, and authors mean them.",
    ),
]
