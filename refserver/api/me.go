package api

import (
	"context"
	"net/http"
)

func meOperations() []Operation {
	return []Operation{
		{ID: "get-me", Method: http.MethodGet, Path: "/v1/me", Summary: "The caller", Tag: "Me", Policy: Members, do: do(getMe)},
	}
}

func getMe(ctx context.Context, c *Call, _ *struct{}) (*userView, error) {
	u, err := c.Engine.Auth.Get(ctx, c.By, "")
	return shown(u, err, userFor(c.By))
}
