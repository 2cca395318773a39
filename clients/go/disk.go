package pawl

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// disk keeps the last good texts in a folder, a file each. A file is whole, because it appears by a rename; only its owner may
// read it; and its time is that of the server's last confirmation.
type disk struct{ folder, server string }

type kept struct {
	Server        string `json:"server"`
	Namespace     string `json:"namespace"`
	Path          string `json:"path"`
	Format        string `json:"format"`
	Version       int64  `json:"version"`
	ContentSHA256 string `json:"content_sha256"`
	BodyRaw       string `json:"body_raw"`
}

// read finds nothing where there is no file, or one that is not whole.
func (d *disk) read(namespace, path string) (*kept, time.Duration, error) {
	file := d.fileOf(namespace, path)
	about, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) || (err == nil && about.Size() > maxAnswer) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, 0, err
	}
	found := &kept{}
	isWhole := json.Unmarshal(text, found) == nil && sha256Of(found.BodyRaw) == found.ContentSHA256
	if !isWhole || found.Server != d.server || found.Namespace != namespace || found.Path != path {
		return nil, 0, nil
	}
	return found, max(0, time.Since(about.ModTime())), nil
}

func (d *disk) write(text kept) error {
	if err := os.MkdirAll(d.folder, 0o700); err != nil {
		return err
	}
	written, err := json.Marshal(text)
	if err != nil {
		return err
	}
	// Mode 0600.
	file, err := os.CreateTemp(d.folder, "pawl-*.new")
	if err != nil {
		return err
	}
	_, err = file.Write(append(written, '\n'))
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), d.fileOf(text.Namespace, text.Path))
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return err
}

func (d *disk) touch(namespace, path string) error {
	return os.Chtimes(d.fileOf(namespace, path), time.Time{}, time.Now())
}

// fileOf is the same in every language, so that a program can be written anew.
func (d *disk) fileOf(namespace, path string) string {
	return filepath.Join(d.folder, "pawl-"+sha256Of(namespace + "/" + path)[:32]+".json")
}

func sha256Of(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
