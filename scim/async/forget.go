package async

import (
	"context"
	"errors"
	"strings"

	"rollcall/scim/fault"
	"rollcall/scim/schema"
	"rollcall/store"
)

// forget takes out of a result what was answered about resources that were
// purged since: a resource, or the words of a refusal, which may quote one. What
// was kept stays where it is, which nobody else reads, until its time is over.
func (s *Service) forget(ctx context.Context, tenant store.TenantID, result *Result) error {
	for i := range result.Responses {
		response := &result.Responses[i]
		if len(response.Body) == 0 {
			continue
		}
		key, ok := subject(s.Provider.Types(), tenant, response.URI)
		if !ok {
			continue
		}
		switch _, err := s.Store.Purged(ctx, key); {
		case err == nil:
			response.Body = nil
			if !response.OK() { // what was refused has to say so
				response.refuse(fault.Plain(response.Status, "the resource was purged since, and why this was refused is not kept"))
			}
		case !errors.Is(err, store.ErrNotFound):
			return err
		}
	}
	return nil
}

// subject is the resource that a response is about; false where it is about an
// endpoint, or about a type that there is none of any more.
func subject(types *schema.Registry, tenant store.TenantID, uri string) (store.Key, bool) {
	at := strings.LastIndexByte(uri, '/')
	if at < 0 {
		return store.Key{}, false
	}
	t, known := types.Endpoint(uri[:at])
	id, valid := store.ParseID(uri[at+1:])
	if !known || !valid {
		return store.Key{}, false
	}
	return store.Key{Tenant: tenant, Type: t.Name, ID: id}, true
}
