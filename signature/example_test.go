package signature_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/tidingshq/tidings/signature"
)

func ExampleSignLogto() {
	value, err := signature.SignLogto("foo", []byte(`{"bar":"bar","foo":"foo"}`))
	fmt.Println(value, err)
	// Output: 436958f1dbfefab37712fb3927760490fbf7757da8c0b2306ee7b485f0360eee <nil>
}

func ExampleVerifyLogto() {
	body := []byte(`{}`)
	fmt.Println(signature.VerifyLogto("foo", body, "c76356efa19d219d1d7e08ccb20b1d26db53b143156f406c99dcb8e0876d6c55"))
	fmt.Println(signature.VerifyLogto("bar", body, "c76356efa19d219d1d7e08ccb20b1d26db53b143156f406c99dcb8e0876d6c55"))
	// Output:
	// <nil>
	// signature does not match
}

func ExampleSign() {
	key, err := signature.DecodeSecret("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX")
	if err != nil {
		fmt.Println(err)
		return
	}
	value, err := signature.Sign(key, "msg_0003", time.Unix(1767323200, 0), []byte(`{}`))
	fmt.Println(value, err)
	// Output: v1,75ZTFKU9VVXLCtt2s/U34tkQ2EwBUDajPbN3XhJhY3E= <nil>
}

func ExampleVerifier() {
	verifier := signature.Verifier{
		Keys: [][]byte{[]byte("the text of the signing key")},
		Now:  func() time.Time { return time.Unix(1767323300, 0) }, // leave it out to use the system clock
	}
	receive := func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 2<<20))
		if err != nil || verifier.Verify(r.Header, body) != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.WriteHeader(http.StatusNoContent) // then handle the event, unless its webhook-id is known already
	}

	request := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{}`))
	request.Header.Set("webhook-id", "msg_1")
	request.Header.Set("webhook-timestamp", "1767323200")
	request.Header.Set("webhook-signature", "v1,JisqGfyhXAgf7DoxA9eDC+gu8E/SDIRdcvqyYudRtQA=")
	answer := httptest.NewRecorder()
	receive(answer, request)
	fmt.Println(answer.Code)
	// Output: 204
}

func ExampleVerifier_Verify() {
	verifier := signature.Verifier{Keys: [][]byte{[]byte("current key"), []byte("previous key")}}
	header := http.Header{}
	header.Set("webhook-id", "msg_1")
	header.Set("webhook-timestamp", "1767323200")
	header.Set("webhook-signature", "v1,AAAA")
	fmt.Println(verifier.Verify(header, []byte(`{}`)))
	// Output: timestamp is too old
}

func ExampleEncodeSecret() {
	fmt.Println(signature.EncodeSecret([]byte("0123456789ABCDEFGHIJKLMNOPQRSTUV")))
	// Output: whsec_MDEyMzQ1Njc4OUFCQ0RFRkdISUpLTE1OT1BRUlNUVVY=
}

func ExampleDecodeSecret() {
	key, err := signature.DecodeSecret("whsec_MDEyMzQ1Njc4OUFCQ0RFRkdISUpLTE1OT1BRUlNUVVY=")
	fmt.Printf("%s %v\n", key, err)
	// Output: 0123456789ABCDEFGHIJKLMNOPQRSTUV <nil>
}

func ExampleNewSigner() {
	_, err := signature.NewSigner("")
	fmt.Println(err)
	// Output: signing key is empty
}

func ExampleSigner_Logto() {
	signer, err := signature.NewSigner("foo")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(signer.Logto([]byte(`{"bar":"bar","foo":"foo"}`)))
	fmt.Println(signer.Logto([]byte(`{}`)))
	// Output:
	// 436958f1dbfefab37712fb3927760490fbf7757da8c0b2306ee7b485f0360eee
	// c76356efa19d219d1d7e08ccb20b1d26db53b143156f406c99dcb8e0876d6c55
}

func ExampleSigner_Standard() {
	signer, err := signature.NewSigner("the text of the signing key")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(signer.Standard("msg_1", time.Unix(1767323200, 0), []byte(`{}`)))
	// Output: v1,JisqGfyhXAgf7DoxA9eDC+gu8E/SDIRdcvqyYudRtQA= <nil>
}
