package tiktoksim

import (
	"encoding/json"
	"net/url"
	"os"
	"testing"
)

func TestSignaturesOfTheVectors(t *testing.T) {
	var file struct {
		Vectors []struct {
			Name      string            `json:"name"`
			AppSecret string            `json:"app_secret"`
			Path      string            `json:"path"`
			Query     map[string]string `json:"query"`
			Type      string            `json:"content_type"`
			Body      string            `json:"body_bytes_utf8"`
			Sign      string            `json:"sign"`
		} `json:"vectors"`
		Webhook struct {
			AppKey        string `json:"app_key"`
			AppSecret     string `json:"app_secret"`
			RawBody       string `json:"raw_body"`
			Authorization string `json:"authorization"`
		} `json:"webhook_vector"`
	}
	b, err := os.ReadFile("testdata/sign-vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Vectors) < 4 {
		t.Fatalf("only %d vectors", len(file.Vectors))
	}

	for _, v := range file.Vectors {
		t.Run(v.Name, func(t *testing.T) {
			q := url.Values{}
			for name, value := range v.Query {
				q.Set(name, value)
			}
			body := []byte(v.Body)
			if v.Type != "application/json" {
				body = nil // as the gate leaves it for multipart
			}
			if got := sign(v.AppSecret, v.Path, q, body); got != v.Sign {
				t.Errorf("got %s, want %s", got, v.Sign)
			}
		})
	}
	t.Run("the vendor's webhook", func(t *testing.T) {
		w := file.Webhook
		if got := signWebhook(&App{AppKey: w.AppKey, AppSecret: w.AppSecret}, []byte(w.RawBody)); got != w.Authorization {
			t.Errorf("got %s, want %s", got, w.Authorization)
		}
	})
}
