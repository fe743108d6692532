package front

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
)

func post(headers string, body string) string {
	return "POST " + path + " HTTP/1.1\r\nHost: a.example:80\r\n" + headers + "\r\n" + body
}

const plain = "Content-Type: application/json\r\nAuthorization: Bearer x\r\nContent-Length: 2\r\n"

// plainOnes are served by the front, oddOnes by net/http.
var (
	plainOnes = map[string][]string{
		"Plain":          {post(plain, "{}")},
		"LowerCase":      {post("content-type: a\r\nuser-agent: b\r\naccept: */*\r\nconnection: Keep-Alive\r\nx-other-thing: c\r\ncontent-length: 2\r\n", "{}")},
		"NoSpaceManyTab": {post("A:b\r\nC: \t d \t \r\nE:\r\nContent-Length:2\r\n", "{}")},
		"TwoAtOnce":      {post(plain, "{}") + post(plain, "[]")},
		"ManyAtOnce":     {strings.Repeat(post(plain, "{}"), 60)},
		"BreakBetween":   {post(plain, "{}") + "\r\n" + post(plain, "[]")},
		"BreaksBetween":  {post(plain, "{}") + "\r\n\r\n" + post(plain, "[]")},
		"TooManyBreaks":  {post(plain, "{}") + "\r\n\r\n\r\n" + post(plain, "[]")},
		"BreakBehind":    {post(plain, "{}") + "\r\n", post(plain, "[]") + "\r\n"},
		"InPieces":       {"PO", "ST " + path, " HTTP/1.1\r", "\nHost: b\r\n" + plain, "\r\n{", "}"},
		"MoreThanABuffer": {
			post("Content-Length: 10000\r\n", strings.Repeat("x", 10000)) + post("Content-Length: 50000\r\n", strings.Repeat("x", 50000)) + post(plain, "{}"),
		},
		"LongAnswer":   {post("X-Do: long\r\n"+plain, "{}")},
		"NothingSaid":  {post("X-Do: nothing\r\n"+plain, "{}")},
		"OddAnswer":    {post("X-Do: odd\r\n"+plain, "{}")},
		"Panic":        {post("X-Do: panic\r\n"+plain, "{}") + post(plain, "{}")},
		"Abort":        {post("X-Do: abort\r\n"+plain, "{}")},
		"ContentCoded": {post("Content-Encoding: gzip\r\n"+plain, "{}")},
	}
	oddOnes = map[string][]string{
		"Nothing":           {""},
		"Spaces":            {"\r\n\r\n"},
		"LineFirst":         {"\r\n" + post(plain, "{}")},
		"TLS":               {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"},
		"OtherMethod":       {"GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n"},
		"OtherPath":         {strings.Replace(post(plain, "{}"), path, "/api/hooks", 1)},
		"PathBehind":        {strings.Replace(post(plain, "{}"), path, path+"/", 1)},
		"Query":             {strings.Replace(post(plain, "{}"), path, path+"?a=b", 1)},
		"Absolute":          {strings.Replace(post(plain, "{}"), path, "http://a"+path, 1)},
		"Escaped":           {strings.Replace(post(plain, "{}"), path, "/api/%65vents", 1)},
		"Version10":         {strings.Replace(post(plain, "{}"), "1.1", "1.0", 1)},
		"Version2":          {strings.Replace(post(plain, "{}"), "1.1", "2.0", 1)},
		"BareLines":         {strings.ReplaceAll(post(plain, "{}"), "\r\n", "\n")},
		"OneBareLine":       {strings.Replace(post(plain, "{}"), "json\r\n", "json\n", 1)},
		"NoHost":            {"POST " + path + " HTTP/1.1\r\n" + plain + "\r\n{}"},
		"EmptyHost":         {"POST " + path + " HTTP/1.1\r\nHost:\r\n" + plain + "\r\n{}"},
		"OddHost":           {"POST " + path + " HTTP/1.1\r\nHost: a/b@c\r\n" + plain + "\r\n{}"},
		"TwoHosts":          {post("Host: b\r\n"+plain, "{}")},
		"NoLength":          {post("Content-Type: application/json\r\n", "")},
		"LengthOfNothing":   {post("Content-Length: 0\r\n", "")},
		"TwoLengths":        {post(plain+"Content-Length: 3\r\n", "{} ")},
		"SameLengthTwice":   {post(plain+"Content-Length: 2\r\n", "{}")},
		"SignedLength":      {post("Content-Length: +2\r\n", "{}")},
		"PaddedLength":      {post("Content-Length: 02\r\n", "{}")},
		"NegativeLength":    {post("Content-Length: -2\r\n", "{}")},
		"HugeLength":        {post("Content-Length: 99999999999999999999\r\n", "{}")},
		"Chunked":           {post("Transfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n")},
		"ChunkedWithLength": {post("Transfer-Encoding: chunked\r\n"+plain, "2\r\n{}\r\n0\r\n\r\n")},
		"Expect":            {post("Expect: 100-continue\r\n"+plain, "{}")},
		"Closing":           {post("Connection: close\r\n"+plain, "{}")},
		"Upgrade":           {post("Connection: Upgrade\r\nUpgrade: h2c\r\n"+plain, "{}")},
		"Pragma":            {post("Pragma: no-cache\r\n"+plain, "{}")},
		"Trailer":           {post("Trailer: X\r\n"+plain, "{}")},
		"Twice":             {post("X-A: 1\r\nX-A: 2\r\n"+plain, "{}")},
		"Folded":            {post("X-A: 1\r\n 2\r\n"+plain, "{}")},
		"SpaceBeforeColon":  {post("X-A : 1\r\n"+plain, "{}")},
		"NoColon":           {post("X-A\r\n"+plain, "{}")},
		"NoName":            {post(": 1\r\n"+plain, "{}")},
		"OddName":           {post("X(A): 1\r\n"+plain, "{}")},
		"NUL":               {post("X-A: \x00\r\n"+plain, "{}")},
		"Control":           {post("X-A: a\x01b\r\n"+plain, "{}")},
		"BareReturn":        {post("X-A: a\rb\r\n"+plain, "{}")},
		"HighByte":          {post("X-A: \xe9\r\n"+plain, "{}")},
		"ManyHeaders":       {post(strings.Repeat("X-A: 1\r\n", 200)+plain, "{}")},
		"LongHead":          {post("X-A: "+strings.Repeat("a", 20<<10)+"\r\n"+plain, "{}")},
		"TooLongHead":       {post("X-A: "+strings.Repeat("a", 80<<10)+"\r\n"+plain, "{}")},
		"LongBody":          {post("Content-Length: 200000\r\n", strings.Repeat("x", 200000)) + post(plain, "{}")},
		"CutHead":           {post(plain, "")[:40]},
		"CutBody":           {post("Content-Length: 20\r\n", "{}")},
		"CutLongBody":       {post("Content-Length: 200000\r\n", "{}")},
	}
)

// What a client sees is the same with and without a front, whatever it sends.
func TestAnswersAreThoseOfNetHTTP(t *testing.T) {
	t.Parallel()
	for kind, ones := range map[string]map[string][]string{"plain": plainOnes, "odd": oddOnes} {
		for name, pieces := range ones {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				with, without := newSide(t, true), newSide(t, false)
				got, want := with.say(pieces...), without.say(pieces...)
				if got != want {
					t.Errorf("with a front:\n%q\nwithout:\n%q", got, want)
				}
				if fronted := with.fronted.Load(); (fronted > 0) != (kind == "plain") {
					t.Errorf("the front served %d", fronted)
				}
			})
		}
	}
}

// A connection that net/http has taken over carries on there.
func TestPlainBehindOdd(t *testing.T) {
	t.Parallel()
	with, without := newSide(t, true), newSide(t, false)
	talk := []string{post(plain, "{}"), post("Expect: 100-continue\r\n"+plain, "{}"), post(plain, "[]"), post("X-A: 1\r\nX-A: 2\r\n"+plain, "{}")}
	if got, want := with.say(talk...), without.say(talk...); got != want {
		t.Errorf("with a front:\n%q\nwithout:\n%q", got, want)
	}
	if fronted := with.fronted.Load(); fronted != 1 {
		t.Errorf("the front served %d, want the one before the odd one", fronted)
	}
}

func TestPanicIsToldAndEndsTheConnection(t *testing.T) {
	t.Parallel()
	s := newSide(t, true)
	if got := s.say(post("X-Do: panic\r\n"+plain, "{}") + post(plain, "{}")); got != "" {
		t.Errorf("answer %q", got)
	}
	if s.panicked.Load() != 1 || s.fronted.Load() != 1 {
		t.Errorf("%d told of %d requests", s.panicked.Load(), s.fronted.Load())
	}
	s.say(post("X-Do: abort\r\n"+plain, "{}"))
	if s.panicked.Load() != 1 {
		t.Error("an abort was told of")
	}
}

// What a slow client has sent of a request goes to net/http.
func TestSlowRequestIsHandedOver(t *testing.T) {
	t.Parallel()
	s := newSide(t, true)
	conn := s.dial()
	defer conn.Close()
	request := post(plain, "{}")
	if _, err := io.WriteString(conn, request[:30]); err != nil {
		t.Fatal(err)
	}
	<-s.handed
	if _, err := io.WriteString(conn, request[30:]); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK || s.fronted.Load() != 0 {
		t.Errorf("status %d, %d by the front", answer.StatusCode, s.fronted.Load())
	}
}

func TestGrowthIsBoundedAndGivenBack(t *testing.T) {
	t.Parallel()
	s := newSide(t, true)
	long := post("Content-Length: 20000\r\n", strings.Repeat("x", 20000))
	s.say(long + long)
	if s.fronted.Load() != 2 {
		t.Fatalf("%d by the front", s.fronted.Load())
	}
	if err := s.front.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	if left := s.front.growth.Load(); left != growthInAll {
		t.Errorf("%d bytes left of %d", left, growthInAll)
	}
	s = newSide(t, true)
	s.front.growth.Store(1000)
	if got := s.say(long); !strings.HasPrefix(got, "HTTP/1.1 200") || s.fronted.Load() != 0 {
		t.Errorf("%d by the front, answer %.50q", s.fronted.Load(), got)
	}
}

func TestShutdownWaitsForRequestsAndEndsTheRest(t *testing.T) {
	t.Parallel()
	s := newSide(t, true)
	fresh, idle, active := s.dial(), s.dial(), s.dial()
	defer fresh.Close()
	defer idle.Close()
	defer active.Close()
	if _, err := io.WriteString(idle, post(plain, "{}")); err != nil {
		t.Fatal(err)
	}
	if _, err := idle.Read(make([]byte, 1<<10)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(active, post("X-Do: wait\r\n"+plain, "{}")); err != nil {
		t.Fatal(err)
	}
	<-s.entered
	ended := make(chan error)
	go func() { ended <- s.front.Shutdown(context.Background()) }()
	for _, conn := range []io.Reader{fresh, idle} {
		_, _ = io.Copy(io.Discard, conn) // returns at the end
	}
	select {
	case err := <-ended:
		t.Fatalf("Shutdown did not wait for the request under way: %v", err)
	default:
	}
	close(s.release)
	answer, err := io.ReadAll(active)
	if err != nil || !bytes.Contains(answer, []byte("\r\nConnection: close\r\n")) {
		t.Errorf("answer %q, %v", answer, err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestShutdownEndsRequestsWhenItsTimeIsOver(t *testing.T) {
	t.Parallel()
	s := newSide(t, true)
	active := s.dial()
	defer active.Close()
	if _, err := io.WriteString(active, post("X-Do: wait\r\n"+plain, "{}")); err != nil {
		t.Fatal(err)
	}
	<-s.entered
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- s.front.Shutdown(ctx) }()
	cancel()
	_, _ = io.Copy(io.Discard, active) // returns at the end
	close(s.release)
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// FuzzParse: what is called plain is read as net/http reads it.
func FuzzParse(f *testing.F) {
	for _, ones := range []map[string][]string{plainOnes, oddOnes} {
		for _, pieces := range ones {
			f.Add([]byte(strings.Join(pieces, "")))
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		e, missing, ok := parse(text, []string{path})
		if !ok || missing > 0 {
			if e != nil || ok && missing <= 0 || !ok && missing > len(text)+somewhat {
				t.Fatalf("exchange %v, missing %d, ok %t", e, missing, ok)
			}
			return
		}
		rest := bufio.NewReader(bytes.NewReader(text))
		want, err := http.ReadRequest(rest)
		if err != nil {
			t.Fatalf("net/http refuses it: %v", err)
		}
		wantBody, err := io.ReadAll(want.Body)
		if err != nil {
			t.Fatalf("net/http does not read its body: %v", err)
		}
		got := &e.request
		gotBody, _ := io.ReadAll(got.Body) // it is in memory
		if !bytes.Equal(gotBody, wantBody) || got.Host != want.Host || got.Method != want.Method || got.RequestURI != want.RequestURI ||
			*got.URL != *want.URL || got.Proto != want.Proto || got.ContentLength != want.ContentLength || want.Close ||
			!reflect.DeepEqual(got.Header, want.Header) {
			t.Fatalf("%+v with %q\nnet/http: %+v with %q", got, gotBody, want, wantBody)
		}
		if left, _ := io.ReadAll(rest); e.size != len(text)-len(left) {
			t.Fatalf("of %d bytes %d were used, and %d are left by net/http", len(text), e.size, len(left))
		}
	})
}
