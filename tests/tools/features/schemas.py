"""The rows of the feature matrix about schemas: names, types, unions, limits, what is sent and what is read."""
# ruff: noqa: E501 - a fragment is easier to read where an operation stands in one line

from __future__ import annotations

from matrix import Exchange, Feature

ROWS = [
    Feature(
        "An object with fields",
        """
        paths:
          /plain_things/{thing_key}:
            parameters: [{name: thing_key, in: path, required: true, schema: {type: string}}]
            put:
              operationId: put_plain_thing
              tags: [features]
              requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/PlainThingIn'}}}}
              responses: {'200': {description: It., content: {application/json: {schema: {$ref: '#/components/schemas/PlainThing'}}}}}
        components:
          schemas:
            PlainThing: {type: object, required: [name], properties: {name: {type: string}, count: {type: integer, default: 3}}}
            PlainThingIn: {type: object, required: [name], properties: {name: {type: string}, count: {type: integer}}}
        """,
        """
        thing = await client.put_plain_thing("a", models.PlainThingIn(name="n"))
        assert_type(thing, models.PlainThing)
        assert (thing.name, thing.count) == ("n", 3)
        made += [thing]
        """,
        (Exchange("PUT /v0/plain_things/a", {"name": "n"}, {"name": "n", "more": 1}),),
    ),
]
