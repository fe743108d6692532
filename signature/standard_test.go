package signature_test

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tidingshq/tidings/signature"
)

const (
	oldSecret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"
	newSecret = "whsec_//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA="
)

// vector is a request whose signature was computed by other means.
type vector struct {
	secret, id string
	seconds    int64
	body       string
	signature  string
}

var (
	vector1 = vector{
		oldSecret, "msg_0001", 1767323045,
		`{"type":"user.created","timestamp":"2026-01-02T03:04:05Z","data":{"id":"u_1"}}`,
		"v1,wJDo0zzZj8cOKiBm5/9HzozsfjWUFV09xW/1zLoOhqU=",
	}
	vector2New = vector{newSecret, "msg_0002", 1767323100, unhex("7b20226e6f746522203a2022636166c3a920e2989520e697a5e69cac222c20226e223a20312e30207d0a"), "v1,dPvF9RMm37Yk3T5aApJgOAWRa/4l25WC1OC0utqchbA="}
	vector2Old = vector{oldSecret, "msg_0002", 1767323100, vector2New.body, "v1,RBEnaP6RNfXLglm/asof0IhiGrnXSHJHAKYFqxmrvVI="}
	vector3    = vector{oldSecret, "msg_0003", 1767323200, `{}`, "v1,75ZTFKU9VVXLCtt2s/U34tkQ2EwBUDajPbN3XhJhY3E="}
	vector4    = vector{oldSecret, "msg_0004", 0, ``, "v1,no+bcujgtQrDdcFon8Cjn9xZpDwqCt0wEmMhhWs4Rvk="}
	published  = vector{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, `{"test": 2432232314}`, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}
)

func unhex(text string) string {
	raw, err := hex.DecodeString(text)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

func key(t *testing.T, secret string) []byte {
	t.Helper()
	key, err := signature.DecodeSecret(secret)
	if err != nil {
		t.Fatalf("decode secret: %v", err)
	}
	return key
}

// headers are those of the vector's request.
func (v vector) headers() http.Header {
	header := http.Header{}
	header.Set("webhook-id", v.id)
	header.Set("webhook-timestamp", strconv.FormatInt(v.seconds, 10))
	header.Set("webhook-signature", v.signature)
	return header
}

// verifier is a receiver whose clock shows the time of signing, shifted.
func (v vector) verifier(t *testing.T, shift time.Duration) signature.Verifier {
	t.Helper()
	now := time.Unix(v.seconds, 0).Add(shift)
	return signature.Verifier{Keys: [][]byte{key(t, v.secret)}, Now: func() time.Time { return now }}
}

func TestVectors(t *testing.T) {
	t.Parallel()
	for name, v := range map[string]vector{
		"V1": vector1, "RotationNewKey": vector2New, "RotationOldKey": vector2Old,
		"BesideV1a": vector3, "EmptyBodyAtZero": vector4, "Published": published,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := signature.Sign(key(t, v.secret), v.id, time.Unix(v.seconds, 999_999_999), []byte(v.body))
			if err != nil || got != v.signature {
				t.Errorf("Sign = %s, %v; want %s", got, err, v.signature)
			}
			if err := v.verifier(t, 0).Verify(v.headers(), []byte(v.body)); err != nil {
				t.Errorf("Verify: %v", err)
			}
		})
	}
}

func TestVerifyDuringRotation(t *testing.T) {
	t.Parallel()
	header := vector2New.headers()
	header.Set("webhook-signature", vector2New.signature+" "+vector2Old.signature)
	for name, keys := range map[string][][]byte{
		"NewKeyOnly": {key(t, newSecret)},
		"OldKeyOnly": {key(t, oldSecret)},
		"BothKeys":   {key(t, oldSecret), key(t, newSecret)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := vector2New.verifier(t, 0)
			v.Keys = keys
			if err := v.Verify(header, []byte(vector2New.body)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestVerifySignatureHeader(t *testing.T) {
	t.Parallel()
	right := strings.TrimPrefix(vector1.signature, "v1,")
	mac, err := base64.StdEncoding.DecodeString(right)
	if err != nil {
		t.Fatal(err)
	}
	const v1a = "v1a,eZRQzvOMW86LmFmiz9qDtBRUIdCwaNnBTt7jYn3CvPWMWmwQ8kC5R9iq5lUu3Fp3VFZYz8HCGobwFCu14ThbDA=="
	for name, test := range map[string]struct {
		value string
		want  error
	}{
		"LastOfFour":        {"v1,AAAA v2,BBBB " + v1a + " " + vector1.signature, nil},
		"BesideV1a":         {vector1.signature + " " + v1a, nil},
		"OnlyV1a":           {v1a, signature.ErrMismatch},
		"EmptySignature":    {"v1,", signature.ErrMismatch},
		"Truncated":         {vector1.signature[:len(vector1.signature)-5], signature.ErrMismatch},
		"UnpaddedBase64":    {strings.TrimRight(vector1.signature, "="), signature.ErrMismatch},
		"URLSafeBase64":     {"v1," + base64.URLEncoding.EncodeToString(mac), signature.ErrMismatch},
		"UnknownVersion":    {"v2," + right, signature.ErrMismatch},
		"NoVersion":         {right, signature.ErrMismatch},
		"UpperCaseVersion":  {"V1," + right, signature.ErrMismatch},
		"CommaBetween":      {"v1,AAAA," + right, signature.ErrMismatch},
		"SignatureOfOther":  {vector3.signature, signature.ErrMismatch},
		"OnlySpaces":        {"   ", signature.ErrMismatch},
		"SpacesAroundRight": {"  " + vector1.signature + "  ", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			header := vector1.headers()
			header.Set("webhook-signature", test.value)
			if got := vector1.verifier(t, 0).Verify(header, []byte(vector1.body)); !errors.Is(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestVerifyTolerance(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		shift time.Duration
		want  error
	}{
		"OldWithin":    {300 * time.Second, nil},
		"OldBeyond":    {301 * time.Second, signature.ErrTooOld},
		"NewWithin":    {-300 * time.Second, nil},
		"NewBeyond":    {-301 * time.Second, signature.ErrTooNew},
		"LongAgo":      {1000 * time.Hour, signature.ErrTooOld},
		"SubsecondOld": {300*time.Second + 900*time.Millisecond, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := vector1.verifier(t, test.shift).Verify(vector1.headers(), []byte(vector1.body))
			if !errors.Is(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
	t.Run("OwnTolerance", func(t *testing.T) {
		t.Parallel()
		v := vector1.verifier(t, 11*time.Second)
		v.Tolerance = 10 * time.Second
		if got := v.Verify(vector1.headers(), []byte(vector1.body)); !errors.Is(got, signature.ErrTooOld) {
			t.Errorf("got %v, want ErrTooOld", got)
		}
	})
	t.Run("SystemClock", func(t *testing.T) {
		t.Parallel()
		v := signature.Verifier{Keys: [][]byte{key(t, oldSecret)}}
		if got := v.Verify(vector4.headers(), nil); !errors.Is(got, signature.ErrTooOld) {
			t.Errorf("got %v, want ErrTooOld", got)
		}
	})
}

func TestVerifyRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		header, value, body string
		want                error
	}{
		"FlippedByte":      {"", "", strings.Replace(vector1.body, "u_1", "u_2", 1), signature.ErrMismatch},
		"Reserialised":     {"", "", strings.ReplaceAll(vector1.body, `":"`, `": "`), signature.ErrMismatch},
		"OtherID":          {"webhook-id", "msg_0002", vector1.body, signature.ErrMismatch},
		"NoID":             {"webhook-id", "", vector1.body, signature.ErrMissingHeader},
		"NoTimestamp":      {"webhook-timestamp", "", vector1.body, signature.ErrMissingHeader},
		"NoSignature":      {"webhook-signature", "", vector1.body, signature.ErrMissingHeader},
		"OtherTimestamp":   {"webhook-timestamp", "1767323046", vector1.body, signature.ErrMismatch},
		"SignedTimestamp":  {"webhook-timestamp", "+1767323045", vector1.body, signature.ErrMismatch},
		"PaddedTimestamp":  {"webhook-timestamp", "01767323045", vector1.body, signature.ErrMismatch},
		"ISOTimestamp":     {"webhook-timestamp", "2026-01-02T03:04:05Z", vector1.body, signature.ErrTimestamp},
		"DecimalTimestamp": {"webhook-timestamp", "1767323045.0", vector1.body, signature.ErrTimestamp},
		"HugeTimestamp":    {"webhook-timestamp", "9223372036854775808", vector1.body, signature.ErrTimestamp},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			header := vector1.headers()
			if test.header != "" {
				header.Set(test.header, test.value)
			}
			if got := vector1.verifier(t, 0).Verify(header, []byte(test.body)); !errors.Is(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestEmptyKeyIsRefused(t *testing.T) {
	t.Parallel()
	if _, err := signature.Sign(nil, "msg_1", time.Unix(0, 0), nil); !errors.Is(err, signature.ErrEmptyKey) {
		t.Errorf("Sign: got %v, want ErrEmptyKey", err)
	}
	for name, keys := range map[string][][]byte{"NoKey": nil, "EmptyKey": {{}}, "OneEmptyKey": {{}, key(t, oldSecret)}} {
		v := vector1.verifier(t, 0)
		v.Keys = keys
		if err := v.Verify(vector1.headers(), []byte(vector1.body)); !errors.Is(err, signature.ErrEmptyKey) {
			t.Errorf("%s: got %v, want ErrEmptyKey", name, err)
		}
	}
}

func TestSignRefusesID(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"", "a.b", "."} {
		if _, err := signature.Sign(key(t, oldSecret), id, time.Unix(0, 0), nil); !errors.Is(err, signature.ErrID) {
			t.Errorf("Sign with identifier %q: got %v, want ErrID", id, err)
		}
	}
}

func TestSecret(t *testing.T) {
	t.Parallel()
	t.Run("RoundTrip", func(t *testing.T) {
		t.Parallel()
		for _, secret := range []string{oldSecret, newSecret, published.secret} {
			if got := signature.EncodeSecret(key(t, secret)); got != secret {
				t.Errorf("got %s, want %s", got, secret)
			}
		}
	})
	t.Run("WithoutPrefix", func(t *testing.T) {
		t.Parallel()
		if got := signature.EncodeSecret(key(t, strings.TrimPrefix(newSecret, "whsec_"))); got != newSecret {
			t.Errorf("got %s, want %s", got, newSecret)
		}
	})
	t.Run("LogtoKeyIsItsText", func(t *testing.T) {
		t.Parallel()
		const text = "0123456789ABCDEFGHIJKLMNOPQRSTUV"
		if got := string(key(t, signature.EncodeSecret([]byte(text)))); got != text {
			t.Errorf("got %s, want %s", got, text)
		}
	})
	for name, test := range map[string]struct {
		text string
		want error
	}{
		"Empty":       {"", signature.ErrEmptyKey},
		"PrefixOnly":  {"whsec_", signature.ErrEmptyKey},
		"URLSafe":     {"whsec___79_Pv6-fj39vX08_Lx8O_u7ezr6uno5-bl5OPi4eA=", signature.ErrSecret},
		"Unpadded":    {"whsec_//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA", signature.ErrSecret},
		"LineBreak":   {"whsec_AAECAwQFBgcI\nCQoLDA0ODxAREhMUFRYX", signature.ErrSecret},
		"PaddingBits": {"whsec_AB==", signature.ErrSecret},
		"TwoPrefixes": {"whsec_" + oldSecret, signature.ErrSecret},
		"PrivateKey":  {"whsk_AQEBAQ==", signature.ErrSecret},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, got := signature.DecodeSecret(test.text); !errors.Is(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}
