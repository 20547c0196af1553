package freshchatsim_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/sandbox/freshchatsim"
)

// TestManyAtOnce lets several users write at the same time, while an agent
// takes notes: nothing may be lost or doubled, and each conversation keeps the
// order in which its user wrote.
func TestManyAtOnce(t *testing.T) {
	const users, messages = 4, 25
	w := newWorld(t)
	rc := w.subscribe()

	var wg sync.WaitGroup
	convs := make([]string, users)
	for i := range users {
		wg.Go(func() {
			v := &world{t: t, sim: w.sim, srv: w.srv, key: w.key}
			uid := v.user(fmt.Sprint("buyer-", i))
			convs[i] = v.conversation(uid, "0")
			for n := 1; n < messages; n++ {
				v.must("POST", "/v2/conversations/"+convs[i]+"/messages", userMessage(uid, fmt.Sprint(n)))
				if _, err := w.sim.AgentNotes(convs[i], "", freshchatsim.Text("seen")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	w.settle()

	got := map[string][]string{}
	for _, e := range w.sim.Ledger().Snapshot() {
		if e.Kind == freshchatsim.KindUser {
			got[e.Conversation] = append(got[e.Conversation], e.Text)
		}
	}
	want := map[string][]string{}
	for _, conv := range convs {
		for n := range messages {
			want[conv] = append(want[conv], fmt.Sprint(n))
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("messages of the users (-want +got):\n%s", d)
	}
	if n := len(rc.deliveries()); n != users*(2*messages-1) {
		t.Errorf("%d webhooks, want %d", n, users*(2*messages-1))
	}
}

// BenchmarkMessageCreate measures one send in a sandbox of 10,000 accounts,
// without the network.
func BenchmarkMessageCreate(b *testing.B) {
	sim := freshchatsim.New(freshchatsim.Options{})
	b.Cleanup(sim.Close)
	for i := range 10_000 {
		if _, err := sim.AddAccount(freshchatsim.AccountSpec{Domain: fmt.Sprintf("shop-%d.freshchat.com", i)}); err != nil {
			b.Fatal(err)
		}
	}
	account, err := sim.AddAccount(spec())
	if err != nil {
		b.Fatal(err)
	}
	send := benchmarkSender(b, sim, account.APIKey)

	for b.Loop() {
		send()
	}
}

// benchmarkSender returns a function that posts one message as a user.
func benchmarkSender(b *testing.B, sim *freshchatsim.Sim, key string) func() {
	b.Helper()
	post := func(path string, body any) object {
		raw, err := json.Marshal(body)
		if err != nil {
			b.Fatal(err)
		}
		r := httptest.NewRequest("POST", path, bytes.NewReader(raw))
		r.Header.Set("Authorization", "Bearer "+key)
		rec := httptest.NewRecorder()
		sim.Handler().ServeHTTP(rec, r)
		var out object
		if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil || rec.Code > 299 {
			b.Fatalf("%s: %d %s", path, rec.Code, rec.Body)
		}
		return out
	}
	uid := str(post("/v2/users", object{"reference_id": "buyer-1"}), "id")
	conv := str(post("/v2/conversations", object{
		"channel_id": topicID, "users": []object{{"id": uid}}, "messages": []object{userMessage(uid, "hello")},
	}), "conversation_id")

	return func() { post("/v2/conversations/"+conv+"/messages", userMessage(uid, "hi")) }
}
