"""The rows of the feature matrix about operations: parameters, bodies, responses, tags, servers, security."""
# ruff: noqa: E501 - a fragment is easier to read where an operation stands in one line

from __future__ import annotations

from matrix import Exchange, Feature

ROWS: list[Feature] = [
    Feature(
        "Path parameters of every plain type",
        """
        paths:
          /typed/{n}/{day}/{moment}/{key}/{colour}/{flag}/{ratio}/{text}:
            get:
              operationId: get_typed
              tags: [features]
              parameters:
                - {name: n, in: path, required: true, schema: {type: integer, minimum: 1}}
                - {name: day, in: path, required: true, schema: {type: string, format: date}}
                - {name: moment, in: path, required: true, schema: {type: string, format: date-time}}
                - {name: key, in: path, required: true, schema: {type: string, format: uuid}}
                - {name: colour, in: path, required: true, schema: {$ref: '#/components/schemas/PathColour'}}
                - {name: flag, in: path, required: true, schema: {type: boolean}}
                - {name: ratio, in: path, required: true, schema: {type: number}}
                - {name: text, in: path, required: true, schema: {type: string}}
              responses: {'204': {description: Done.}}
        components:
          schemas:
            PathColour: {type: string, enum: [red, green]}
        """,
        """
        key = uuid.UUID("12345678123456781234567812345678")
        moment = dt.datetime(2026, 1, 31, 12, tzinfo=dt.timezone.utc)
        await client.get_typed(7, dt.date(2026, 1, 31), moment, key, models.PathColour.RED, True, 0.5, "a b/é.txt")
        try:
            await client.get_typed(0, dt.date(2026, 1, 31), moment, key, models.PathColour.RED, True, 0.5, "..")
        except models.InvalidRequestError as error:
            assert [problem.field for problem in error.problems] == ["n", "text"], error
        else:
            raise AssertionError
        """,
        (
            Exchange(
                "GET /v0/typed/7/2026-01-31/2026-01-31T12%3A00%3A00%2B00%3A00/12345678-1234-5678-1234-567812345678"
                "/red/true/0.5/a%20b%2F%C3%A9.txt",
                status=204,
            ),
        ),
    ),
    Feature(
        "Ids by the strict rule of ResourceId",
        """
        paths:
          /strict/{session_ref}:
            get:
              operationId: get_strict
              tags: [features]
              parameters:
                - {name: session_ref, in: path, required: true, schema: {$ref: '#/components/schemas/ResourceId'}}
                - {name: other_id, in: query, schema: {type: string}}
              responses: {'204': {description: Done.}}
        """,
        """
        await client.get_strict("ses_1", other_id="a b")
        try:
            await client.get_strict("a b")
        except models.InvalidRequestError as error:
            assert [problem.field for problem in error.problems] == ["session_ref"]
        else:
            raise AssertionError
        """,
        (Exchange("GET /v0/strict/ses_1?other_id=a+b", status=204),),
    ),
    Feature(
        "A list in a path",
        """
        paths:
          /many/{keys}:
            get:
              operationId: get_many
              tags: [features]
              parameters: [{name: keys, in: path, required: true, schema: {type: array, items: {type: string}}}]
              responses: {'204': {description: Done.}}
        """,
        'await client.get_many(["a", "b c"])',
        (Exchange("GET /v0/many/a,b%20c", status=204),),
    ),
    Feature(
        "A result that has not the value of the path",
        """
        paths:
          /projs/{proj_id}/clone:
            post:
              operationId: clone_proj
              tags: [features]
              parameters: [{name: proj_id, in: path, required: true, schema: {type: string}}]
              responses: {'200': {description: It., content: {application/json: {schema: {$ref: '#/components/schemas/Proj'}}}}}
        components:
          schemas:
            Proj: {type: object, required: [id, proj_id], properties: {id: {type: string}, proj_id: {type: string}}}
        """,
        """
        proj = await client.clone_proj("p1")
        assert (proj.id, proj.proj_id) == ("p2", "p2")
        """,
        (Exchange("POST /v0/projs/p1/clone", response={"id": "p2", "proj_id": "p2"}),),
    ),
    Feature(
        "Header and cookie parameters",
        """
        paths:
          /headed:
            get:
              operationId: get_headed
              tags: [features]
              parameters:
                - {name: X-Request-Count, in: header, required: true, schema: {type: integer}}
                - {name: X-Tags, in: header, schema: {type: array, items: {type: string}}}
                - {name: Accept, in: header, schema: {type: string}}
                - {name: theme, in: cookie, schema: {type: string}}
              responses: {'204': {description: Done.}}
        """,
        """
        await client.get_headed(3, x_tags=["a", "b"], theme="dark")
        await client.get_headed(x_request_count=4)
        try:
            await client.get_headed(5, x_tags=["a,b"], theme="a b")
        except models.InvalidRequestError as error:
            assert [problem.field for problem in error.problems] == ["x_tags", "theme"]
        else:
            raise AssertionError
        """,
        (
            Exchange(
                "GET /v0/headed",
                status=204,
                headers={"x-request-count": "3", "x-tags": "a,b", "cookie": "cli_token=token; theme=dark"},
            ),
            Exchange("GET /v0/headed", status=204, headers={"x-request-count": "4", "cookie": "cli_token=token"}),
        ),
    ),
    Feature(
        "Lists in a query, repeated and joined",
        """
        paths:
          /lists:
            get:
              operationId: get_lists
              tags: [features]
              parameters:
                - {name: each, in: query, schema: {type: array, items: {type: integer}}}
                - {name: comma, in: query, explode: false, schema: {type: array, items: {type: string}}}
                - {name: space, in: query, style: spaceDelimited, explode: false, schema: {type: array, items: {type: string}}}
                - {name: pipe, in: query, style: pipeDelimited, explode: false, schema: {type: array, items: {type: string}}}
              responses: {'204': {description: Done.}}
        """,
        """
        await client.get_lists(each=[1, 2], comma=["a", "b c"], space=["a", "b"], pipe=["a", "b"])
        try:
            await client.get_lists(comma=["a,b"])
        except models.InvalidRequestError as error:
            assert [problem.field for problem in error.problems] == ["comma"]
        else:
            raise AssertionError
        """,
        (Exchange("GET /v0/lists?each=1&each=2&comma=a,b+c&space=a%20b&pipe=a%7Cb", status=204),),
    ),
    Feature(
        "Objects in a query",
        """
        paths:
          /objects:
            get:
              operationId: get_objects
              tags: [features]
              parameters:
                - {name: filter, in: query, style: deepObject, explode: true, schema: {$ref: '#/components/schemas/QueryFilter'}}
                - {name: page, in: query, schema: {$ref: '#/components/schemas/QueryPage'}}
                - {name: labels, in: query, style: deepObject, schema: {type: object, additionalProperties: {type: string}}}
                - {name: where, in: query, content: {application/json: {schema: {$ref: '#/components/schemas/QueryWhere'}}}}
              responses: {'204': {description: Done.}}
        components:
          schemas:
            QueryFilter: {type: object, properties: {state: {type: string}, min-size: {type: integer}}}
            QueryPage: {type: object, properties: {page_no: {type: integer}, page_size: {type: integer}}}
            QueryWhere: {type: object, properties: {any_of: {type: array, items: {type: string}}}}
        """,
        """
        await client.get_objects(
            filter=models.QueryFilter(state="on", min_size=2),
            page=models.QueryPage(page_no=1, page_size=5),
            labels={"a": "b"},
            where=models.QueryWhere(any_of=["x"]),
        )
        """,
        (
            Exchange(
                "GET /v0/objects?filter%5Bstate%5D=on&filter%5Bmin-size%5D=2&page_no=1&page_size=5"
                "&labels%5Ba%5D=b&where=%7B%22any_of%22%3A%5B%22x%22%5D%7D",
                status=204,
            ),
        ),
    ),
    Feature(
        "Names of parameters that Python cannot have",
        """
        paths:
          /oddly/{class}:
            get:
              operationId: getOddlyNamed
              tags: [features]
              parameters:
                - {name: class, in: path, required: true, schema: {type: string}}
                - {name: 'filter[x]', in: query, schema: {type: string}}
                - {name: node-count, in: query, schema: {type: integer}}
                - {name: list, in: query, schema: {type: string}}
                - {name: body, in: query, schema: {type: string}}
                - {name: pageSize, in: query, schema: {type: integer}}
                - {name: class, in: query, schema: {type: string}}
              responses: {'204': {description: Done.}}
        """,
        """
        await client.get_oddly_named("c", filter_x="f", node_count=1, list="l", body_="b", page_size=2, class__query="q")
        """,
        (Exchange("GET /v0/oddly/c?filter%5Bx%5D=f&node-count=1&list=l&body=b&pageSize=2&class=q", status=204),),
    ),
    Feature(
        "An optional body before a required query parameter",
        """
        paths:
          /optional_body:
            post:
              operationId: post_optional_body
              tags: [features]
              parameters: [{name: mode, in: query, required: true, schema: {type: string}}]
              requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/OptionalBody'}}}}
              responses: {'204': {description: Done.}}
        components:
          schemas:
            OptionalBody: {type: object, required: [a], properties: {a: {type: string}}}
        """,
        """
        await client.post_optional_body("fast")
        await client.post_optional_body("fast", models.OptionalBody(a="x"))
        await client.post_optional_body("fast", {"a": "y"})
        """,
        (
            Exchange("POST /v0/optional_body?mode=fast", status=204),
            Exchange("POST /v0/optional_body?mode=fast", {"a": "x"}, status=204),
            Exchange("POST /v0/optional_body?mode=fast", {"a": "y"}, status=204),
        ),
    ),
    Feature(
        "JSON bodies that are no objects",
        """
        paths:
          /list_body:
            post:
              operationId: post_list_body
              tags: [features]
              requestBody: {required: true, content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/ListedItem'}}}}}
              responses: {'200': {description: Them., content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/ListedItem'}}}}}}
          /text_body_in_json:
            post:
              operationId: post_json_text
              tags: [features]
              requestBody: {required: true, content: {application/json: {schema: {type: string, minLength: 2}}}}
              responses: {'200': {description: It., content: {application/json: {schema: {type: string}}}}}
          /map_body:
            post:
              operationId: post_map_body
              tags: [features]
              requestBody: {required: true, content: {application/json: {schema: {type: object, additionalProperties: {type: integer}}}}}
              responses: {'204': {description: Done.}}
        components:
          schemas:
            ListedItem: {type: object, required: [a-b], properties: {a-b: {type: string}}}
        """,
        """
        items = await client.post_list_body([models.ListedItem(a_b="x")])
        assert_type(items, list[models.ListedItem])
        assert items[0].a_b == "y"
        text = await client.post_json_text("ab")
        assert_type(text, str)
        assert text == "cd"
        await client.post_map_body({"a": 1})
        """,
        (
            Exchange("POST /v0/list_body", [{"a-b": "x"}], [{"a-b": "y"}]),
            Exchange("POST /v0/text_body_in_json", "ab", "cd"),
            Exchange("POST /v0/map_body", {"a": 1}, status=204),
        ),
    ),
    Feature(
        "A form",
        """
        paths:
          /form:
            post:
              operationId: post_form
              tags: [features]
              requestBody: {required: true, content: {application/x-www-form-urlencoded: {schema: {$ref: '#/components/schemas/FormFields'}}}}
              responses: {'204': {description: Done.}}
        components:
          schemas:
            FormFields: {type: object, required: [grant-type], properties: {grant-type: {type: string}, scopes: {type: array, items: {type: string}}, on: {type: boolean}}}
        """,
        """
        await client.post_form(models.FormFields(grant_type="a b", scopes=["x", "y"], on=True))
        """,
        (
            Exchange(
                "POST /v0/form",
                b"grant-type=a+b&scopes=x&scopes=y&on=true",
                status=204,
                headers={"content-type": "application/x-www-form-urlencoded"},
            ),
        ),
    ),
    Feature(
        "A form of several parts with files",
        """
        paths:
          /upload:
            post:
              operationId: post_upload
              tags: [features]
              requestBody: {required: true, content: {multipart/form-data: {schema: {$ref: '#/components/schemas/UploadParts'}}}}
              responses: {'204': {description: Done.}}
        components:
          schemas:
            UploadParts: {type: object, required: [file], properties: {file: {type: string, format: binary}, note: {type: string}, more: {type: array, items: {type: string, format: binary}}}}
        """,
        """
        await client.post_upload(models.UploadParts(file=bytes([0, 255]), note="n"))
        """,
        (
            Exchange(
                "POST /v0/upload",
                b"--e830fe9ca468060c245e6df4c438b774\r\n"
                b'Content-Disposition: form-data; name="file"; filename="file"\r\n'
                b"Content-Type: application/octet-stream\r\n\r\n\x00\xff\r\n"
                b"--e830fe9ca468060c245e6df4c438b774\r\n"
                b'Content-Disposition: form-data; name="note"\r\n\r\nn\r\n'
                b"--e830fe9ca468060c245e6df4c438b774--\r\n",
                status=204,
                headers={"content-type": "multipart/form-data; boundary=e830fe9ca468060c245e6df4c438b774"},
            ),
        ),
    ),
    Feature(
        "Text and binary data",
        """
        paths:
          /report.csv:
            get:
              operationId: get_report
              tags: [features]
              responses: {'200': {description: It., content: {text/csv: {schema: {type: string}}}}}
            put:
              operationId: put_report
              tags: [features]
              requestBody: {required: true, content: {text/csv: {schema: {type: string}}}}
              responses: {'204': {description: Done.}}
          /blob:
            get:
              operationId: get_blob
              tags: [features]
              responses: {'200': {description: It., content: {application/octet-stream: {schema: {type: string, format: binary}}, image/png: {}}}}
            put:
              operationId: put_blob
              tags: [features]
              requestBody: {required: true, content: {application/octet-stream: {schema: {type: string, format: binary}}}}
              responses: {'204': {description: Done.}}
        """,
        """
        text = await client.get_report()
        assert_type(text, str)
        assert text == "a,é"
        await client.put_report("a,b")
        data = await client.get_blob()
        assert_type(data, bytes)
        assert data == bytes([0, 255])
        await client.put_blob(bytes([1, 254]))
        """,
        (
            Exchange(
                "GET /v0/report.csv", response="a,é".encode(), media_type="text/csv", headers={"accept": "text/csv"}
            ),
            Exchange("PUT /v0/report.csv", b"a,b", status=204, headers={"content-type": "text/csv"}),
            Exchange(
                "GET /v0/blob",
                response=b"\x00\xff",
                media_type="image/png",
                headers={"accept": "application/octet-stream, image/png"},
            ),
            Exchange("PUT /v0/blob", b"\x01\xfe", status=204, headers={"content-type": "application/octet-stream"}),
        ),
    ),
    Feature(
        "JSON beside text",
        """
        paths:
          /either:
            get:
              operationId: get_either
              tags: [features]
              responses: {'200': {description: It., content: {text/plain: {schema: {type: string}}, application/json: {schema: {$ref: '#/components/schemas/Either'}}}}}
        components:
          schemas:
            Either: {type: object, required: [a], properties: {a: {type: string}}}
        """,
        'assert (await client.get_either()).a == "x"',
        (Exchange("GET /v0/either", response={"a": "x"}, headers={"accept": "application/json"}),),
    ),
    Feature(
        "Several 2xx responses with one schema, or without content",
        """
        paths:
          /several:
            post:
              operationId: post_several
              tags: [features]
              responses:
                '200': {description: It., content: {application/json: {schema: {$ref: '#/components/schemas/Several'}}}}
                '201': {description: It., content: {application/json: {schema: {$ref: '#/components/schemas/Several'}}}}
                '204': {description: Nothing.}
        components:
          schemas:
            Several: {type: object, required: [a], properties: {a: {type: string}}}
        """,
        """
        made_or_not = await client.post_several()
        assert_type(made_or_not, models.Several | None)
        assert made_or_not is not None
        assert await client.post_several() is None
        """,
        (Exchange("POST /v0/several", response={"a": "x"}, status=201), Exchange("POST /v0/several", status=204)),
    ),
    Feature(
        "No tag, several tags, and an operation with the name of a tag",
        """
        paths:
          /untagged: {get: {operationId: get_untagged, responses: {'204': {description: Done.}}}}
          /tagged: {get: {operationId: gadget_things, tags: [gadget_things, features], responses: {'204': {description: Done.}}}}
        """,
        """
        await client.get_untagged()
        await client.gadget_things()
        """,
        (Exchange("GET /v0/untagged", status=204), Exchange("GET /v0/tagged", status=204)),
    ),
    Feature(
        "A path item by reference, and a query in a path",
        """
        paths:
          /referred: {$ref: '#/components/pathItems/Referred'}
          /literal?kind=a: {get: {operationId: get_literal, tags: [features], parameters: [{name: n, in: query, schema: {type: integer}}], responses: {'204': {description: Done.}}}}
        components:
          pathItems:
            Referred: {get: {operationId: get_referred, tags: [features], responses: {'204': {description: Done.}}}}
        """,
        """
        await client.get_referred()
        await client.get_literal()
        await client.get_literal(n=1)
        """,
        (
            Exchange("GET /v0/referred", status=204),
            Exchange("GET /v0/literal?kind=a", status=204),
            Exchange("GET /v0/literal?kind=a&n=1", status=204),
        ),
    ),
    Feature(
        "An operation without authentication",
        """
        paths:
          /public: {get: {operationId: get_public, tags: [features], security: [], responses: {'204': {description: Done.}}}}
        """,
        "await client.get_public()",
        (Exchange("GET /v0/public", status=204, headers={"x-anyscale-client": "anyscale-sessions"}),),
    ),
    Feature(
        "A list with another cursor",
        """
        paths:
          /cursors:
            post:
              operationId: list_cursors
              tags: [features]
              requestBody: {required: true, content: {application/json: {schema: {type: object, properties: {q: {type: string}}}}}}
              responses: {'200': {description: Them., content: {application/json: {schema: {$ref: '#/components/schemas/CursorList'}}}}}
        components:
          schemas:
            CursorList: {type: object, required: [results, metadata], properties: {results: {type: array, items: {type: string}}, metadata: {$ref: '#/components/schemas/CursorMetadata'}}}
            CursorMetadata: {type: object, properties: {cursor: {type: string}}}
        """,
        """
        page = await client.list_cursors({"q": "x"})
        assert_type(page, models.CursorList)
        assert (page.results, page.metadata.cursor) == (["a"], "c")
        """,
        (Exchange("POST /v0/cursors", {"q": "x"}, {"results": ["a"], "metadata": {"cursor": "c"}}),),
        why="It is returned as a plain response, which regeneration says.",
    ),
    Feature(
        "A server of one operation",
        "paths: {/there: {get: {operationId: get_there, tags: [features], servers: [{url: 'https://other.test'}], responses: {'204': {description: Done.}}}}}",
        refused=r"paths\./there\.get\.servers: one client has one server; generate another client",
        why="A client sends its token to one server only.",
    ),
    Feature(
        "XML",
        "paths: {/xml: {get: {operationId: get_xml, tags: [features], responses: {'200': {description: It., content: {application/xml: {schema: {type: string}}}}}}}}",
        refused=r"paths\./xml\.get\.responses\.200: application/xml cannot be read: offer",
        why="No model describes it.",
    ),
    Feature(
        "A stream of events",
        "paths: {/events_live: {get: {operationId: get_live, tags: [features], responses: {'200': {description: It., content: {text/event-stream: {schema: {type: string}}}}}}}}",
        refused=r"text/event-stream cannot be read: offer",
        why="A call reads a response to its end, and a stream has none.",
    ),
    Feature(
        "Different 2xx responses",
        "paths: {/differ: {get: {operationId: get_differ, tags: [features], responses: {'200': {description: It., content: {application/json: {schema: {type: string}}}}, '202': {description: It., content: {application/json: {schema: {type: integer}}}}}}}}",
        refused=r"the 2xx responses differ: a method returns one type; give them one schema",
        why="A method returns one type.",
    ),
    Feature(
        "Two parameters that become one argument",
        "paths: {/twice: {get: {operationId: get_twice, tags: [features], parameters: [{name: x, in: query, schema: {type: string}}, {name: X, in: query, schema: {type: string}}], responses: {'204': {description: Done.}}}}}",
        refused=r"parameter X and x both become the argument x: rename one",
        why="An argument has one name.",
    ),
    Feature(
        "Webhooks",
        "webhooks: {made: {post: {responses: {'204': {description: Done.}}}}}",
        refused=r"webhooks: the client does not receive requests; remove them",
        why="A client receives no requests.",
    ),
    Feature(
        "Callbacks",
        "paths: {/hooked: {post: {operationId: post_hooked, tags: [features], callbacks: {done: {}, more: {'{$request.body#/url}': {}}}, responses: {'204': {description: Done.}}}}}",
        refused=r"paths\./hooked\.post\.callbacks: the client does not receive requests",
        why="A client receives no requests.",
    ),
    Feature(
        "Another way to authenticate for one operation",
        """
        paths: {/basic: {get: {operationId: get_basic, tags: [features], security: [{basicAuth: []}], responses: {'204': {description: Done.}}}}}
        components: {securitySchemes: {basicAuth: {type: http, scheme: basic}}}
        """,
        refused=r"paths\./basic\.get\.security: the client cannot authenticate with basicAuth: declare an apiKey",
        why="A client has one token.",
    ),
]
