// Package taxii speaks TAXII 2.1 (OASIS Standard, 10 June 2021): a server
// handler over a small [Backend] that others can implement, and a client.
//
// The package knows HTTP, media types, parameters and paging. What exists,
// who may see it and where it is kept belongs to the Backend:
//
//	GET  /taxii2/                                     Discovery
//	GET  /{root}/                                     Root
//	GET  /{root}/status/{id}/                         Status
//	GET  /{root}/collections/                         Collections
//	GET  /{root}/collections/{id}/                    Collection
//	GET  /{root}/collections/{id}/manifest/           Records, without their bytes
//	GET  /{root}/collections/{id}/objects/            Records
//	POST /{root}/collections/{id}/objects/            Add
//	GET  /{root}/collections/{id}/objects/{object}/   Records of one object
//	DEL  /{root}/collections/{id}/objects/{object}/   Delete
//	GET  /{root}/collections/{id}/objects/{object}/versions/
//
// Objects are written to the response byte for byte as the Backend gives
// them; nothing is decoded and encoded again.
package taxii
