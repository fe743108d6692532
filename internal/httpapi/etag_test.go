package httpapi

import (
	"strings"
	"testing"
)

func TestETag(t *testing.T) {
	t.Parallel()
	b := setup(t)
	h := b.hook()
	b.post(`{"event":"User.Created"}`)
	b.attempt(succeeded(""), done)
	log := b.logs(h.ID, "")[0]
	for _, target := range []string{"/api/hooks", "/api/hooks/" + h.ID, "/api/hooks/" + h.ID + "/recent-logs", "/api/logs/" + log.ID} {
		first := b.do(adminKey, "GET", target, "")
		tag := first.header.Get("ETag")
		if first.status != 200 || len(tag) < 10 || tag[0] != '"' || !strings.HasSuffix(tag, `"`) {
			t.Fatalf("%s: %d, ETag %q", target, first.status, tag)
		}
		for _, condition := range []string{tag, `"other", ` + tag, "W/" + tag, "*"} {
			got := b.do(adminKey, "GET", target, "", "If-None-Match", condition)
			if got.status != 304 || got.body != "" || got.header.Get("ETag") != tag || got.header.Get("Content-Type") != "" {
				t.Errorf("%s with %s: %d %q %v", target, condition, got.status, got.body, got.header)
			}
		}
		for _, header := range [][]string{{"If-None-Match", `"other"`}, {"If-None-Match", tag[1:]}, {"If-None-Match", tag, "Cache-Control", "no-cache"}} {
			if got := b.do(adminKey, "GET", target, "", header...); got.status != 200 || got.body != first.body {
				t.Errorf("%s with %v: %d", target, header, got.status)
			}
		}
		if head := b.do(adminKey, "HEAD", target, ""); head.status != 200 || head.header.Get("ETag") != tag {
			t.Errorf("HEAD %s: %d, ETag %q", target, head.status, head.header.Get("ETag"))
		}
	}
	if paged := b.do(adminKey, "GET", "/api/hooks?page=1", "", "If-None-Match", "*"); paged.status != 304 || paged.header.Get("Total-Number") != "1" {
		t.Errorf("page: %d %v", paged.status, paged.header)
	}
}

func TestETagFollowsTheContent(t *testing.T) {
	t.Parallel()
	b := setup(t)
	target := "/api/hooks/" + b.hook().ID
	before := b.do(adminKey, "GET", target, "").header.Get("ETag")
	if masked := b.do(readKey, "GET", target, "").header.Get("ETag"); masked == before {
		t.Error("the tag is the same for a reader who sees masks")
	}
	changed := b.do(adminKey, "PATCH", target, `{"name":"new"}`)
	if changed.header.Get("ETag") != "" {
		t.Error("an answer to PATCH has a tag")
	}
	if got := b.do(adminKey, "GET", target, "", "If-None-Match", before); got.status != 200 || got.header.Get("ETag") == before {
		t.Errorf("after a change: %d", got.status)
	}
	missing := b.do(adminKey, "GET", "/api/hooks/unknown", "", "If-None-Match", "*")
	b.want(missing, 404, "entity.not_exists_with_id")
	if missing.header.Get("ETag") != "" {
		t.Error("a 404 has a tag")
	}
}
