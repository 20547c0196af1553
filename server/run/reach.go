package run

import (
	"context"
	"fmt"
	"net/http"
)

// head sends a request without credentials; any answer is a good one.
func head(ctx context.Context, out *http.Client, address string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, address, nil)
	if err != nil {
		return fmt.Errorf("read address: %w", err)
	}

	resp, err := out.Do(req)
	if err != nil {
		return fmt.Errorf("call: %w", err)
	}

	if err := resp.Body.Close(); err != nil {
		return fmt.Errorf("close answer: %w", err)
	}

	return nil
}
