// Package remote calls a MISP server as another MISP server does that pulls from
// it or pushes to it. It needs nothing of the rest of this module but package misp.
//
//	POST /events/index {"minimal":1}      what there is, with an ETag
//	GET  /events/view/UUID/deleted[]:...  one event, deleted records included
//	HEAD /events/view/UUID                is it there
//	POST /events/add, /events/edit/UUID   push
//	DELETE /events/delete/UUID            take back
//	GET  /servers/getVersion, /users/view/me, /organisations/index, /sharing_groups/index
//
// Who dials is the caller's [http.Client]; the key is in the header Authorization
// alone. Requests are spaced by a rate, and tried again where the server is busy,
// never before the time it names.
package remote
