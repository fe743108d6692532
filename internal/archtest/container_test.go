package archtest

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// instruction is a line of the Dockerfile, continued lines joined.
type instruction struct{ name, rest string }

func dockerfile(t *testing.T) (stages [][]instruction) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "deploy/Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	joined := regexp.MustCompile(`\\\n\s*`).ReplaceAllString(string(text), "")
	for line := range strings.Lines(joined) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, rest, _ := strings.Cut(line, " ")
		if name == "FROM" {
			stages = append(stages, nil)
		}
		stages[len(stages)-1] = append(stages[len(stages)-1], instruction{name, strings.TrimSpace(rest)})
	}
	return stages
}

func named(stage []instruction, name string) (found []string) {
	for _, i := range stage {
		if i.name == name {
			found = append(found, i.rest)
		}
	}
	return found
}

func TestImageKeepsItsPromises(t *testing.T) {
	t.Parallel()
	stages := dockerfile(t)
	if len(stages) != 3 {
		t.Fatalf("%d stages", len(stages))
	}
	build, image := stages[1], stages[2]
	module, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	toolchain := regexp.MustCompile(`(?m)^toolchain go(\S+)$`).FindSubmatch(module)
	if base := named(build, "FROM")[0]; len(toolchain) != 2 || !strings.HasPrefix(base, "golang:"+string(toolchain[1])+"-") {
		t.Errorf("the build begins with %s, and go.mod names %s", base, toolchain)
	}
	if base := named(image, "FROM")[0]; base != "scratch" {
		t.Errorf("the image begins with %s", base)
	}
	if !strings.Contains(strings.Join(named(build, "RUN"), "\n"), "CGO_ENABLED=0 go build -trimpath") {
		t.Error("the binary is not static")
	}
	if user := named(image, "USER"); !slices.Equal(user, []string{"65532:65532"}) {
		t.Errorf("it runs as %s", user)
	}
	if volume := named(image, "VOLUME"); !slices.Equal(volume, []string{"/data"}) {
		t.Errorf("its volume is %s", volume)
	}
	if health := named(image, "HEALTHCHECK"); len(health) != 1 || !strings.HasSuffix(health[0], `CMD ["/tidings", "healthcheck"]`) {
		t.Errorf("its health check is %s", health)
	}
	copied := strings.Join(named(image, "COPY"), "\n")
	for _, want := range []string{"/etc/ssl/certs/ca-certificates.crt", "--chown=65532:65532 --chmod=0700 /out/data /data"} {
		if !strings.Contains(copied, want) {
			t.Errorf("it lacks %s", want)
		}
	}
	if runs := named(image, "RUN"); len(runs) > 0 {
		t.Errorf("there is no shell for %s", runs)
	}
	for _, stage := range stages {
		for _, i := range stage {
			if i.name == "ADD" || regexp.MustCompile(`(?i)(secret|password|api_key)=`).MatchString(i.rest) {
				t.Errorf("%s %s", i.name, i.rest)
			}
		}
	}
}

// The image has the console: one stage builds it as the Makefile does, the next one
// compiles it in.
func TestImageHasTheConsole(t *testing.T) {
	t.Parallel()
	stages := dockerfile(t)
	console, build := stages[0], stages[1]
	if base := named(console, "FROM")[0]; !regexp.MustCompile(`^node:\d+\.\d+\.\d+-bookworm AS console$`).MatchString(base) {
		t.Errorf("it is built on %s", base)
	}
	makefile := read(t, "Makefile")
	steps := named(console, "RUN")
	if len(steps) != 2 || !strings.HasPrefix(steps[0], "npm ci ") || !strings.Contains(steps[1], "vite build") {
		t.Fatalf("it is built by %q", steps)
	}
	for _, step := range steps {
		if !strings.Contains(makefile, "cd web && "+step) {
			t.Errorf("the Makefile does not build it by %q", step)
		}
	}
	copied := strings.Join(named(console, "COPY"), "\n")
	for _, file := range outsideOfWeb(t) {
		if !strings.Contains(copied, file+" /src/"+filepath.Dir(file)+"/") {
			t.Errorf("the console reads %s, which is not there", file)
		}
	}
	// What is copied from elsewhere must not be replaced by what somebody has built here.
	sources := slices.Index(build, instruction{"COPY", ". ."})
	dist := slices.Index(build, instruction{"COPY", "--from=console /src/web/dist web/dist"})
	compile := slices.IndexFunc(build, func(i instruction) bool { return strings.Contains(i.rest, "go build") })
	if sources < 0 || dist < sources || compile < dist {
		t.Errorf("sources, console and compiling are instructions %d, %d and %d of the build", sources, dist, compile)
	}
	if !slices.Contains(strings.Split(read(t, "deploy/Dockerfile.dockerignore"), "\n"), "web/dist") {
		t.Error("a console that was built here gets into the image")
	}
}

// outsideOfWeb are the files beside the folder web that the console is built from.
func outsideOfWeb(t *testing.T) (files []string) {
	t.Helper()
	raw := regexp.MustCompile(`from "(?:\.\./)+((?:docs|api)/[^"?]+)(?:\?raw)?"`)
	err := filepath.WalkDir(filepath.Join(root, "web/src"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.Contains(path, ".test.") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, found := range raw.FindAllStringSubmatch(string(text), -1) {
			files = append(files, found[1])
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestComposeKeepsItsPromises(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, "deploy/compose.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Services map[string]struct {
			Build       struct{ Context, Dockerfile string }
			Environment map[string]string
			Ports       []string
			Volumes     []string
			ReadOnly    bool     `yaml:"read_only"`
			CapDrop     []string `yaml:"cap_drop"`
			SecurityOpt []string `yaml:"security_opt"`
			Privileged  bool
			Healthcheck struct{ Test []string }
		}
		Volumes map[string]any
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	s, ok := file.Services["tidings"]
	if !ok {
		t.Fatal("there is no service tidings")
	}
	if s.Build.Context != ".." || s.Build.Dockerfile != "deploy/Dockerfile" {
		t.Errorf("it is built from %+v", s.Build)
	}
	if !s.ReadOnly || s.Privileged || !slices.Equal(s.CapDrop, []string{"ALL"}) || !slices.Contains(s.SecurityOpt, "no-new-privileges:true") {
		t.Errorf("it may do too much: %+v", s)
	}
	if _, declared := file.Volumes["data"]; !declared || !slices.Equal(s.Volumes, []string{"data:/data"}) {
		t.Errorf("its volumes are %s of %v", s.Volumes, file.Volumes)
	}
	for _, port := range s.Ports {
		if !strings.HasPrefix(port, "127.0.0.1:") {
			t.Errorf("port %s is open to the world", port)
		}
	}
	if !slices.Equal(s.Healthcheck.Test, []string{"CMD", "/tidings", "healthcheck"}) {
		t.Errorf("its health check is %s", s.Healthcheck.Test)
	}
	if key := s.Environment["TIDINGS_BOOTSTRAP_API_KEY"]; !strings.HasPrefix(key, "${TIDINGS_BOOTSTRAP_API_KEY:?") {
		t.Errorf("the API key is %s", key)
	}
}
