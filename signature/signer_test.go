package signature_test

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tidingshq/tidings/signature"
)

// TestSignerSignsAsTheFunctions uses Signers from several goroutines, so that one state
// of the key serves many bodies.
func TestSignerSignsAsTheFunctions(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"k", strings.Repeat("key", 11), strings.Repeat("longer than a block ", 8)} {
		signer, err := signature.NewSigner(key)
		if err != nil {
			t.Fatal(err)
		}
		var signing sync.WaitGroup
		for n := range 8 {
			signing.Go(func() {
				for i := range 50 {
					checkSigner(t, signer, key, bytes.Repeat([]byte{byte('a' + n)}, 17*i))
				}
			})
		}
		signing.Wait()
	}
}

func checkSigner(t *testing.T, signer *signature.Signer, key string, body []byte) {
	t.Helper()
	first, second := body[:len(body)/3], body[len(body)/3:]
	logto, err := signature.SignLogto(key, body)
	if got := signer.Logto(first, second); err != nil || got != logto {
		t.Errorf("got %s, want %s (%v)", got, logto, err)
	}
	at := time.Unix(1767323200+int64(len(body)), 0)
	standard, err := signature.Sign([]byte(key), "msg_1", at, body)
	if got, gotErr := signer.Standard("msg_1", at, first, second); err != nil || gotErr != nil || got != standard {
		t.Errorf("got %s (%v), want %s (%v)", got, gotErr, standard, err)
	}
}

func TestSignerRefuses(t *testing.T) {
	t.Parallel()
	if _, err := signature.NewSigner(""); !errors.Is(err, signature.ErrEmptyKey) {
		t.Errorf("got %v, want ErrEmptyKey", err)
	}
	signer, err := signature.NewSigner("key")
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"", "a.b"} {
		if _, err := signer.Standard(id, time.Unix(0, 0), nil); !errors.Is(err, signature.ErrID) {
			t.Errorf("%q: got %v, want ErrID", id, err)
		}
	}
}
