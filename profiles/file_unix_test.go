//go:build unix

package profiles

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestProfilePerms (profile-perms): who may read a profile file, and that writing one leaves no other state behind than the old and
// the new.
func TestProfilePerms(t *testing.T) {
	t.Run("modes", testModes)
	t.Run("owner", testForeign)
	t.Run("saved", testSaveModes)
	t.Run("crash", testSaveAndCrash)
}

// A file that others can read works, and is worth a warning, or an error if that is asked for.
func testModes(t *testing.T) {
	for mode, warned := range map[fs.FileMode]bool{0o600: false, 0o400: false, 0o700: false, 0o640: true, 0o660: true, 0o666: true, 0o604: true, 0o602: true} {
		path := write(t, twoProfiles)
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"", "staging"} {
			p, err := Load(name, WithFile(path))
			if err != nil {
				t.Fatalf("%04o: %v", mode, err)
			}
			if warnings := p.Warnings(); warned != (len(warnings) == 1) || len(warnings) > 1 {
				t.Errorf("%04o: warnings %q", mode, warnings)
			}
			for _, warning := range p.Warnings() {
				says(t, warning, "kneo: ", path, fmt.Sprintf("mode %04o", mode), "chmod 600 "+path)
			}
			_, err = Load(name, WithFile(path), WithStrict())
			if !warned && err != nil {
				t.Errorf("%04o, strictly: %v", mode, err)
			}
			if warned {
				says(t, only(t, err, "", "file "+path, ErrInvalid).Error(), fmt.Sprintf("mode %04o", mode), "chmod 600 "+path)
			}
		}
	}
}

// A link is as good as what it leads to, so that the file can be kept elsewhere.
func TestLink(t *testing.T) {
	path, link := write(t, twoProfiles), filepath.Join(t.TempDir(), "client.toml")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if p, err := Load("staging", WithFile(link)); err != nil || p.URL != "https://staging.test" || len(p.Warnings()) != 0 {
		t.Errorf("%+v, %v", p, err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	_, err := Load("staging", WithFile(link))
	_ = only(t, err, "", "file "+link, ErrMissing)
}

// A pipe is refused rather than waited for, and so is what has no end.
func TestNotARegularFile(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "client.toml")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{pipe, os.DevNull} {
		done := make(chan error, 1)
		go func() {
			_, err := Load("", WithFile(path), WithURL("https://h"), WithAPIKey(planted))
			done <- err
		}()
		select {
		case err := <-done:
			says(t, only(t, err, "", "file "+path, ErrInvalid).Error(), "not a regular file")
		case <-time.After(10 * time.Second):
			t.Fatalf("%s is waited for", path)
		}
	}
}

// A file in the default place whose folder is none is not just missing: the user meant something.
func TestFolderThatIsAFile(t *testing.T) {
	file := write(t, "")
	t.Setenv("XDG_CONFIG_HOME", file)
	path := filepath.Join(file, "kneo", "client.toml")
	_, err := Load("", WithURL("https://h"), WithAPIKey(planted))
	_ = only(t, err, "", "file "+path, ErrInvalid)
}

// ownedBy is a file of another user, which only root could make.
type ownedBy struct {
	fs.FileInfo
	uid uint32
}

func (o ownedBy) Sys() any { return &syscall.Stat_t{Uid: o.uid} }

func testForeign(t *testing.T) {
	me := uint32(os.Geteuid())
	for uid, want := range map[uint32]bool{me: false, 0: false, me + 1: true, me + 1000: true} {
		if got := foreign(ownedBy{uid: uid}); got != want {
			t.Errorf("a file of %d is foreign to %d: %t", uid, me, got)
		}
	}
	path := write(t, twoProfiles)
	if err := os.Chown(path, 4711, -1); err != nil {
		return // only root can give a file away
	}
	_, err := Load("staging", WithFile(path))
	says(t, only(t, err, "", "file "+path, ErrInvalid).Error(), "belongs to another user")
	_ = only(t, Save(path, saved), "", "file "+path, ErrInvalid)
}

// A saved file is for its owner alone, whatever it was; a link stays a link.
func testSaveModes(t *testing.T) {
	path, link := write(t, twoProfiles), filepath.Join(t.TempDir(), "client.toml")
	if err := errors.Join(os.Chmod(path, 0o664), os.Symlink(path, link)); err != nil {
		t.Fatal(err)
	}
	if err := Save(link, saved); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode().Type() != fs.ModeSymlink {
		t.Errorf("%v, %v", info, err)
	}
	fresh := filepath.Join(t.TempDir(), "kneo", "client.toml")
	if err := Save(fresh, saved); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Dir(fresh)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info, err)
	}
}
