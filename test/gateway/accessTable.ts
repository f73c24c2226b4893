// What everybody is answered to everything that can be asked, written down here and computed from nothing.
// Columns are callers (accessModes.ts says what rights they have); `open` is anybody, of a gateway without authentication.
// A cell is the status or the code, then the letters of the namespaces told of: n names, e events, h hooks, p prompts, d dispatches;
// A alder, B birch, C cedar, which have 1, 2 and 4 of each, so `=7` counts all three.

/** Of REST, the metrics and the pages. */
export const REST_TABLE = `
                           | stranger | rightless | one             | two                | whole                 | events       | listing         | admin                 | open
events                     | 401      | 200 =0    | 200 nA eA hA =1 | 200 nAB eAB hAB =3 | 200 nABC eABC hABC =7 | 200 nA eA =1 | 200 nA eA hA =1 | 200 nABC eABC hABC =7 | 200 nABC eABC hABC =7
events of alder            | 401      | 403       | 200 nA eA hA =1 | 200 nA eA hA =1    | 200 nA eA hA =1       | 200 nA eA =1 | 200 nA eA hA =1 | 200 nA eA hA =1       | 200 nA eA hA =1
events of alder and cedar  | 401      | 403       | 403             | 403                | 200 nAC eAC hAC =5    | 403          | 403             | 200 nAC eAC hAC =5    | 200 nAC eAC hAC =5
events of nowhere          | 401      | 403       | 403             | 403                | 200 =0                | 403          | 403             | 200 =0                | 200 =0
events in a page           | 401      | 200 =0    | 200 nA eA hA =1 | 200 nA eA hA =3    | 200 nA eA hA =7       | 200 nA eA =1 | 200 nA eA hA =1 | 200 nA eA hA =7       | 200 nA eA hA =7
path of alder              | 401      | 403       | 200 nA eA hA =1 | 200 nA eA hA =1    | 200 nA eA hA =1       | 200 nA eA =1 | 200 nA eA hA =1 | 200 nA eA hA =1       | 200 nA eA hA =1
path of cedar              | 401      | 403       | 403             | 403                | 200 nC eC hC =4       | 403          | 403             | 200 nC eC hC =4       | 200 nC eC hC =4
path of nowhere            | 401      | 403       | 403             | 403                | 200 =0                | 403          | 403             | 200 =0                | 200 =0
events of a type           | 401      | 200 =0    | 200 nA eA hA =1 | 200 nAB eAB hAB =3 | 200 nABC eABC hABC =7 | 200 nA eA =1 | 200 nA eA hA =1 | 200 nABC eABC hABC =7 | 200 nABC eABC hABC =7
hooks                      | 401      | 200 =0    | 200 nA hA pA =1 | 200 nAB hAB pAB =3 | 200 nABC hABC pABC =7 | 200 =0       | 200 nA hA =1    | 200 nABC hABC pABC =7 | 200 nABC hABC pABC =7
hooks of alder             | 401      | 403       | 200 nA hA pA =1 | 200 nA hA pA =1    | 200 nA hA pA =1       | 403          | 200 nA hA =1    | 200 nA hA pA =1       | 200 nA hA pA =1
hooks of cedar             | 401      | 403       | 403             | 403                | 200 nC hC pC =4       | 403          | 403             | 200 nC hC pC =4       | 200 nC hC pC =4
hooks of nowhere           | 401      | 403       | 403             | 403                | 200 =0                | 403          | 403             | 200 =0                | 200 =0
manifests                  | 401      | 200       | 200 nA hA pA    | 200 nAB hAB pAB    | 200 nABC hABC pABC    | 200          | 403             | 200 nABC hABC pABC    | 200 nABC hABC pABC
manifests of alder         | 401      | 403       | 200 nA hA pA    | 200 nA hA pA       | 200 nA hA pA          | 403          | 403             | 200 nA hA pA          | 200 nA hA pA
manifests of cedar         | 401      | 403       | 403             | 403                | 200 nC hC pC          | 403          | 403             | 200 nC hC pC          | 200 nC hC pC
hook of alder              | 401      | 403       | 200 nA hA pA    | 200 nA hA pA       | 200 nA hA pA          | 403          | 200 nA hA       | 200 nA hA pA          | 200 nA hA pA
hook of cedar              | 401      | 403       | 403             | 403                | 200 nC hC pC          | 403          | 403             | 200 nC hC pC          | 200 nC hC pC
no hook of alder           | 401      | 403       | 404             | 404                | 404                   | 403          | 404             | 404                   | 404
no hook of cedar           | 401      | 403       | 403             | 403                | 404                   | 403          | 403             | 404                   | 404
manifest of alder          | 401      | 403       | 200 nA hA pA    | 200 nA hA pA       | 200 nA hA pA          | 403          | 403             | 200 nA hA pA          | 200 nA hA pA
manifest of cedar          | 401      | 403       | 403             | 403                | 200 nC hC pC          | 403          | 403             | 200 nC hC pC          | 200 nC hC pC
hook's events in alder     | 401      | 403       | 200 nA eA hA =1 | 200 nA eA hA =1    | 200 nA eA hA =1       | 403          | 200 nA eA hA =1 | 200 nA eA hA =1       | 200 nA eA hA =1
hook's events in cedar     | 401      | 403       | 403             | 403                | 200 nC eC hC =1       | 403          | 403             | 200 nC eC hC =1       | 200 nC eC hC =1
summary                    | 401      | 200 =0    | 200 =1          | 200 =3             | 200 =7                | 200 =1       | 200 =1          | 200 =7                | 200 =7
summary of cedar           | 401      | 403       | 403             | 403                | 200 =4                | 403          | 403             | 200 =4                | 200 =4
by type                    | 401      | 200 =none | 200 =1          | 200 =3             | 200 =7                | 200 =1       | 200 =1          | 200 =7                | 200 =7
by type in cedar           | 401      | 403       | 403             | 403                | 200 =4                | 403          | 403             | 200 =4                | 200 =4
hook's metrics in alder    | 401      | 403       | 200 nA hA =1    | 200 nA hA =1       | 200 nA hA =1          | 403          | 200 nA hA =1    | 200 nA hA =1          | 200 nA hA =1
hook's metrics in cedar    | 401      | 403       | 403             | 403                | 200 nC hC =1          | 403          | 403             | 200 nC hC =1          | 200 nC hC =1
trends                     | 401      | 200 =0    | 200 =1          | 200 =3             | 200 =7                | 200 =1       | 200 =1          | 200 =7                | 200 =7
trends of cedar            | 401      | 403       | 403             | 403                | 200 =4                | 403          | 403             | 200 =4                | 200 =4
validate for alder         | 401      | 200 nA    | 200 nA hA       | 200 nA hA          | 200 nA hA             | 200 nA       | 200 nA hA       | 200 nA hA             | 200 nA hA
validate for cedar         | 401      | 200 nC    | 200 nC          | 200 nC             | 200 nC hC             | 200 nC       | 200 nC          | 200 nC hC             | 200 nC hC
validate for nowhere       | 401      | 200       | 200             | 200                | 200                   | 200          | 200             | 200                   | 200
preview for alder          | 401      | 403       | 200 nA eA =1    | 200 nA eA =1       | 200 nA eA =1          | 200 nA eA =1 | 200 nA eA =1    | 200 nA eA =1          | 200 nA eA =1
preview for cedar          | 401      | 403       | 403             | 403                | 200 nC eC =4          | 403          | 403             | 200 nC eC =4          | 200 nC eC =4
health                     | 401      | 200       | 200             | 200                | 200                   | 200          | 200             | 200                   | 200
diagnostics                | 401      | 403       | 403             | 403                | 403                   | 403          | 403             | 200                   | 200
metrics                    | 401      | 403       | 403             | 403                | 403                   | 403          | 403             | 200                   | 200
openmetrics                | 401      | 403       | 403             | 403                | 403                   | 403          | 403             | 200                   | 200
own port                   | 401      | 403       | 403             | 403                | 403                   | 403          | 403             | 200                   | 200
own port's other paths     | 404      | 404       | 404             | 404                | 404                   | 404          | 404             | 404                   | 404
openapi.json               | 200      | 200       | 200             | 200                | 200                   | 200          | 200             | 200                   | 200
HEAD openapi.json          | 200      | 200       | 200             | 200                | 200                   | 200          | 200             | 200                   | 200
playground                 | 200      | 200       | 200             | 200                | 200                   | 200          | 200             | 200                   | 200
webhook without its secret | 401      | 401       | 401             | 401                | 401                   | 401          | 401             | 401                   | 401
webhook with its secret    | 202      | 202       | 202             | 202                | 202                   | 202          | 202             | 202                   | 202
HEAD events of cedar       | 401      | 403       | 403             | 403                | 200                   | 403          | 403             | 200                   | 200
HEAD hook of cedar         | 401      | 403       | 403             | 403                | 200                   | 403          | 403             | 200                   | 200
HEAD stream                | 401      | 200       | 200             | 200                | 200                   | 200          | 200             | 200                   | 200
HEAD stream of cedar       | 401      | 403       | 403             | 403                | 200                   | 403          | 403             | 200                   | 200
OPTIONS events             | 401      | 204       | 204             | 204                | 204                   | 204          | 204             | 204                   | 204
OPTIONS stream             | 204      | 204       | 204             | 204                | 204                   | 204          | 204             | 204                   | 204
OPTIONS openapi.json       | 204      | 204       | 204             | 204                | 204                   | 204          | 204             | 204                   | 204
OPTIONS graphql            | 401      | 204       | 204             | 204                | 204                   | 204          | 204             | 204                   | 204
DELETE hook of cedar       | 401      | 405       | 405             | 405                | 405                   | 405          | 405             | 405                   | 405
no route                   | 401      | 404       | 404             | 404                | 404                   | 404          | 404             | 404                   | 404
bad filter of cedar        | 401      | 400       | 400             | 400                | 400                   | 400          | 400             | 400                   | 400
`;

/** Of queries, over HTTP; over a socket they are the same, except that strangers are not let in at all (4401). */
export const GRAPHQL_TABLE = `
                              | stranger | rightless | one                   | two                        | whole                           | events       | listing            | admin                           | open
events()                      | 401      | 200 =0    | 200 nA eA hA pA dA =1 | 200 nAB eAB hAB pAB dAB =3 | 200 nABC eABC hABC pABC dABC =7 | 200 nA eA =1 | 200 nA eA hA dA =1 | 200 nABC eABC hABC pABC dABC =7 | 200 nABC eABC hABC pABC dABC =7
events(alder)                 | 401      | FORBIDDEN | 200 eA =1             | 200 eA =1                  | 200 eA =1                       | 200 eA =1    | 200 eA =1          | 200 eA =1                       | 200 eA =1
events(cedar)                 | 401      | FORBIDDEN | FORBIDDEN             | FORBIDDEN                  | 200 eC =4                       | FORBIDDEN    | FORBIDDEN          | 200 eC =4                       | 200 eC =4
events(hook of alder)         | 401      | FORBIDDEN | 200 eA =1             | 200 eA =1                  | 200 eA =1                       | FORBIDDEN    | 200 eA =1          | 200 eA =1                       | 200 eA =1
events(hook of cedar)         | 401      | FORBIDDEN | FORBIDDEN             | FORBIDDEN                  | 200 eC =1                       | FORBIDDEN    | FORBIDDEN          | 200 eC =1                       | 200 eC =1
event(of alder)               | 401      | 200       | 200 nA eA hA pA dA    | 200 nA eA hA pA dA         | 200 nA eA hA pA dA              | 200 nA eA    | 200 nA eA hA dA    | 200 nA eA hA pA dA              | 200 nA eA hA pA dA
event(of cedar)               | 401      | 200       | 200                   | 200                        | 200 nC eC hC pC dC              | 200          | 200                | 200 nC eC hC pC dC              | 200 nC eC hC pC dC
hooks()                       | 401      | 200 =0    | 200 nA hA pA =1       | 200 nAB hAB pAB =3         | 200 nABC hABC pABC =7           | 200 =0       | 200 nA hA =1       | 200 nABC hABC pABC =7           | 200 nABC hABC pABC =7
hooks(), with their manifests | 401      | 200       | 200 nA hA pA          | 200 nAB hAB pAB            | 200 nABC hABC pABC              | 200          | FORBIDDEN          | 200 nABC hABC pABC              | 200 nABC hABC pABC
hooks(cedar)                  | 401      | FORBIDDEN | FORBIDDEN             | FORBIDDEN                  | 200 hC                          | FORBIDDEN    | FORBIDDEN          | 200 hC                          | 200 hC
hook(of alder)                | 401      | FORBIDDEN | 200 nA hA pA          | 200 nA hA pA               | 200 nA hA pA                    | FORBIDDEN    | 200 nA hA          | 200 nA hA pA                    | 200 nA hA pA
hook(of alder), its manifest  | 401      | FORBIDDEN | 200 nA hA pA          | 200 nA hA pA               | 200 nA hA pA                    | FORBIDDEN    | FORBIDDEN          | 200 nA hA pA                    | 200 nA hA pA
hook(of cedar)                | 401      | FORBIDDEN | FORBIDDEN             | FORBIDDEN                  | 200 hC                          | FORBIDDEN    | FORBIDDEN          | 200 hC                          | 200 hC
stats()                       | 401      | 200 =0    | 200 nA hA pA =1       | 200 nAB hAB pAB =3         | 200 nABC hABC pABC =7           | 200 nA =1    | 200 nA hA =1       | 200 nABC hABC pABC =7           | 200 nABC hABC pABC =7
stats(cedar)                  | 401      | FORBIDDEN | FORBIDDEN             | FORBIDDEN                  | 200                             | FORBIDDEN    | FORBIDDEN          | 200                             | 200
validateHook(for alder)       | 401      | 200       | 200 hA                | 200 hA                     | 200 hA                          | 200          | 200 hA             | 200 hA                          | 200 hA
validateHook(for cedar)       | 401      | 200       | 200                   | 200                        | 200 hC                          | 200          | 200                | 200 hC                          | 200 hC
previewHook(for alder)        | 401      | FORBIDDEN | 200 nA eA hA pA dA =1 | 200 nA eA hA pA dA =1      | 200 nA eA hA pA dA =1           | 200 nA eA =1 | 200 nA eA hA dA =1 | 200 nA eA hA pA dA =1           | 200 nA eA hA pA dA =1
previewHook(for cedar)        | 401      | FORBIDDEN | FORBIDDEN             | FORBIDDEN                  | 200 eC =4                       | FORBIDDEN    | FORBIDDEN          | 200 eC =4                       | 200 eC =4
health, its status            | 401      | 200       | 200                   | 200                        | 200                             | 200          | 200                | 200                             | 200
health, its parts             | 401      | 200 =none | 200 =none             | 200 =none                  | 200 =none                       | 200 =none    | 200 =none          | 200 =7                          | 200 =7
diagnostics                   | 401      | FORBIDDEN | FORBIDDEN             | FORBIDDEN                  | FORBIDDEN                       | FORBIDDEN    | FORBIDDEN          | 200 =7                          | 200 =7
eventTypes                    | 401      | 200       | 200                   | 200                        | 200                             | 200          | 200                | 200                             | 200
`;

/** `told`: in each message, as GraphQL tells of a field; without it, of the subscription as a whole. */
export const SUBSCRIPTION_TABLE = `
                              | stranger | rightless | one                | two                     | whole                        | events    | listing         | admin                        | open
eventChanges()                | 4401     | silent    | 200 nA eA hA pA dA | 200 nAB eAB hAB pAB dAB | 200 nABC eABC hABC pABC dABC | 200 nA eA | 200 nA eA hA dA | 200 nABC eABC hABC pABC dABC | 200 nABC eABC hABC pABC dABC
eventChanges(alder)           | 4401     | FORBIDDEN | 200 eA             | 200 eA                  | 200 eA                       | 200 eA    | 200 eA          | 200 eA                       | 200 eA
eventChanges(cedar)           | 4401     | FORBIDDEN | FORBIDDEN          | FORBIDDEN               | 200 eC                       | FORBIDDEN | FORBIDDEN       | 200 eC                       | 200 eC
eventChanges(hook of cedar)   | 4401     | FORBIDDEN | FORBIDDEN          | FORBIDDEN               | 200 eC                       | FORBIDDEN | FORBIDDEN       | 200 eC                       | 200 eC
hookChanges()                 | 4401     | silent    | 200 nA hA pA       | 200 nAB hAB pAB         | 200 nABC hABC pABC           | silent    | 200 nA hA       | 200 nABC hABC pABC           | 200 nABC hABC pABC
hookChanges(), with manifests | 4401     | silent    | 200 nA hA pA       | 200 nAB hAB pAB         | 200 nABC hABC pABC           | silent    | told FORBIDDEN  | 200 nABC hABC pABC           | 200 nABC hABC pABC
hookChanges(alder)            | 4401     | FORBIDDEN | 200 nA hA pA       | 200 nA hA pA            | 200 nA hA pA                 | FORBIDDEN | 200 nA hA       | 200 nA hA pA                 | 200 nA hA pA
hookChanges(cedar)            | 4401     | FORBIDDEN | FORBIDDEN          | FORBIDDEN               | 200 hC                       | FORBIDDEN | FORBIDDEN       | 200 hC                       | 200 hC
stats()                       | 4401     | 200 =0    | 200 nA hA =1       | 200 nAB hAB =3          | 200 nABC hABC =7             | 200 nA =1 | 200 nA hA =1    | 200 nABC hABC =7             | 200 nABC hABC =7
stats(cedar)                  | 4401     | FORBIDDEN | FORBIDDEN          | FORBIDDEN               | 200 =4                       | FORBIDDEN | FORBIDDEN       | 200 =4                       | 200 =4
`;

/** Of the stream of events over a WebSocket: a number is the code of the close. */
export const SOCKET_TABLE = `
                 | stranger | rightless | one           | two              | whole               | events     | listing       | admin               | open
all of them      | 4401     | open      | open nA eA hA | open nAB eAB hAB | open nABC eABC hABC | open nA eA | open nA eA hA | open nABC eABC hABC | open nABC eABC hABC
those of alder   | 4401     | 4403      | open nA eA hA | open nA eA hA    | open nA eA hA       | open nA eA | open nA eA hA | open nA eA hA       | open nA eA hA
those of cedar   | 4401     | 4403      | 4403          | 4403             | open nC eC hC       | 4403       | 4403          | open nC eC hC       | open nC eC hC
those of nowhere | 4401     | 4403      | 4403          | 4403             | open                | 4403       | 4403          | open                | open
`;

/** Of the stream of events over SSE. */
export const SSE_TABLE = `
                 | stranger | rightless | one          | two             | whole              | events    | listing      | admin              | open
all of them      | 401      | 200       | 200 nA eA hA | 200 nAB eAB hAB | 200 nABC eABC hABC | 200 nA eA | 200 nA eA hA | 200 nABC eABC hABC | 200 nABC eABC hABC
those of alder   | 401      | 403       | 200 nA eA hA | 200 nA eA hA    | 200 nA eA hA       | 200 nA eA | 200 nA eA hA | 200 nA eA hA       | 200 nA eA hA
those of cedar   | 401      | 403       | 403          | 403             | 200 nC eC hC       | 403       | 403          | 200 nC eC hC       | 200 nC eC hC
those of nowhere | 401      | 403       | 403          | 403             | 200                | 403       | 403          | 200                | 200
`;

/** By row and column. */
export type Table = Readonly<Record<string, Readonly<Record<string, string>>>>;

export function readTable(text: string): Table {
  const [head = [], ...rows] = text
    .trim()
    .split("\n")
    .map((line) => line.split("|").map((cell) => cell.trim()));
  return Object.fromEntries(
    rows.map(([name = "", ...cells]) => {
      return [name, Object.fromEntries(cells.map((cell, index) => [head[index + 1] ?? "", cell]))];
    }),
  );
}
