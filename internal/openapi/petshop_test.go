package openapi

// petshop is a document that has one of everything that is checked.
const petshop = `
openapi: 3.1.1
info: { title: Pets, version: "1" }
servers:
  - url: /shop
  - url: /of/{owner}/shop
    variables: { owner: { default: me } }
tags: [{ name: Pets }]
paths:
  /pets:
    get:
      operationId: listPets
      tags: [Pets]
      summary: List pets
      security: [{}, { bearer: [] }]
      parameters:
        - { name: count, in: query, schema: { type: integer }, example: 10 }
        - { name: kinds, in: query, explode: false, schema: { type: array, items: { enum: [cat, dog] } }, example: [cat, dog] }
      responses:
        "200":
          description: Pets.
          headers:
            X-Total: { required: true, schema: { type: integer } }
          content:
            application/json: { schema: { type: array, items: { $ref: "#/components/schemas/Pet" } } }
    post:
      operationId: addPet
      tags: [Pets]
      summary: Add a pet
      requestBody:
        content:
          application/json:
            schema: { $ref: "#/components/schemas/Pet" }
            examples:
              tom: { value: { name: Tom } }
      responses:
        "201": { $ref: "#/components/responses/Pet" }
  /pets/mine:
    delete:
      operationId: deleteMine
      tags: [Pets]
      summary: Delete what is mine
      responses:
        "204": { description: Gone. }
  /pets/{id}:
    parameters:
      - { name: id, in: path, required: true, schema: { type: string, format: uuid } }
    get:
      operationId: getPet
      tags: [Pets]
      summary: Read a pet
      responses:
        "200": { $ref: "#/components/responses/Pet" }
security: [{ bearer: [] }]
components:
  securitySchemes:
    bearer: { type: http, scheme: bearer }
  responses:
    Pet:
      description: A pet.
      content:
        application/json: { schema: { $ref: "#/components/schemas/Pet" } }
    NotFound:
      description: Not there.
      content:
        application/json: { schema: { $ref: "#/components/schemas/Error" } }
    MethodNotAllowed:
      description: Not like that.
      headers:
        Allow: { required: true, schema: { type: string } }
      content:
        application/json: { schema: { $ref: "#/components/schemas/Error" } }
  schemas:
    Pet:
      type: object
      required: [name]
      additionalProperties: false
      properties:
        name: { type: string }
        born: { type: string, format: date-time }
    Error:
      type: object
      required: [error]
      properties:
        error: { type: string }
`
