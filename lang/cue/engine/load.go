// Files of a job to a value: a module in memory, its package, tags, imports of its own packages. Nothing outside the job is
// read: no disk, no registry, no environment, no clock.
package main

import (
	"context"
	"fmt"
	"io/fs"
	"sort"
	"strings"
	"testing/fstest"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/load"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/mod/modfile"
	"cuelang.org/go/mod/module"
)

// The module around files that bring none of their own. The language version is that of the pinned CUE.
const (
	moduleFile   = "cue.mod/module.cue"
	moduleSource = "module: \"writ.local/documents@v0\"\nlanguage: version: \"v0.17.0\"\n"
	version      = "cuelang.org/go v0.17.1"
)

// Keeps a module from bringing in what is not in the job.
type closedRegistry struct{}

func (closedRegistry) ModFile(_ context.Context, m module.Version) (*modfile.File, error) {
	return nil, outside(m.String())
}
func (closedRegistry) Fetch(_ context.Context, m module.Version) (module.SourceLoc, error) {
	return module.SourceLoc{}, outside(m.String())
}
func (closedRegistry) ModuleVersions(_ context.Context, path string) ([]string, error) {
	return nil, outside(path)
}

func outside(what string) error {
	return fmt.Errorf("module %s is not part of these files, and nothing is fetched", what)
}

// loadPackage builds the package of a job in a context of its own. An error somewhere in it is only reported by who reads
// that part, so that one bad file of a set does not hide the rest.
func loadPackage(j *job) (cue.Value, []problem) {
	none := cue.Value{}
	files := fstest.MapFS{}
	for name, text := range j.Files {
		if !fs.ValidPath(name) {
			return none, said("`" + name + "` is not a name of a file in a module")
		}
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	if files[moduleFile] == nil {
		files[moduleFile] = &fstest.MapFile{Data: []byte(moduleSource)}
	}
	// Sorted: the order of files is the order of messages and of fields, and must not be that of a Go map.
	names := append([]string(nil), j.Main...)
	if len(names) == 0 {
		for name := range j.Files {
			if strings.HasSuffix(name, ".cue") && !strings.Contains(name, "/") {
				names = append(names, name)
			}
		}
	}
	sort.Strings(names)
	if len(names) == 0 {
		return none, said("there is no .cue file to evaluate")
	}
	for i, name := range names {
		if files[name] == nil {
			return none, said("`" + name + "` is not one of the files")
		}
		names[i] = "./" + name
	}
	tags := append([]string(nil), j.Tags...)
	sort.Strings(tags)
	instances := load.Instances(names, &load.Config{
		FS:         files,
		Dir:        "/",
		ModuleRoot: "/",
		Tags:       tags,
		Registry:   closedRegistry{},
		Env:        []string{},
		FromFSPath: func(path string) string { return strings.TrimPrefix(path, "/") },
	})
	if len(instances) != 1 {
		return none, said(fmt.Sprintf("the files make %d packages, not one", len(instances)))
	}
	if err := instances[0].Err; err != nil {
		return none, problemsOf(err)
	}
	return cuecontext.New().BuildInstance(instances[0]), nil
}

// built is the package of a job, and the value in it that the job is about.
func built(j *job) (whole, value cue.Value, problems []problem) {
	whole, problems = loadPackage(j)
	if problems != nil {
		return whole, value, problems
	}
	value, problems = at(whole, j.Path)
	return whole, value, problems
}

// at looks a path up; an empty one is the value itself.
func at(value cue.Value, path string) (cue.Value, []problem) {
	if path == "" {
		return value, nil
	}
	parsed := cue.ParsePath(path)
	if err := parsed.Err(); err != nil {
		return cue.Value{}, said("`" + path + "` is not a path: " + err.Error())
	}
	found := value.LookupPath(parsed)
	if !found.Exists() {
		if err := value.Err(); err != nil {
			return cue.Value{}, problemsOf(err)
		}
		return cue.Value{}, said("there is no `" + path + "`")
	}
	return found, nil
}

func parses(source *file) []problem {
	if source == nil {
		return said("there is no text")
	}
	if _, err := parser.ParseFile(source.Name, source.Text, parser.ParseComments); err != nil {
		return problemsOf(err)
	}
	return nil
}
