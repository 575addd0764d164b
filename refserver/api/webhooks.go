package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/megilance/lance/payments/provider"
)

// webhookIn is a webhook as it came in: its exact bytes and all headers, for the
// provider's adapter to judge.
type webhookIn struct {
	Provider string `path:"provider" maxLength:"64" doc:"the provider's name"`
	RawBody  []byte `contentType:"*/*"`
	header   map[string][]string
}

// Resolve keeps the headers.
func (in *webhookIn) Resolve(h huma.Context) []error {
	in.header = map[string][]string{}
	h.EachHeader(func(name, value string) { in.header[name] = append(in.header[name], value) })
	return nil
}

// receivedView says that a webhook was taken in.
type receivedView struct {
	Received bool `json:"received"`
}

func receiveWebhook(ctx context.Context, c *Call, in *webhookIn) (*receivedView, error) {
	err := c.Engine.Payments.Receive(ctx, in.Provider, provider.Request{Header: in.header, Body: in.RawBody})
	if err != nil {
		return nil, err
	}
	return &receivedView{true}, nil
}
