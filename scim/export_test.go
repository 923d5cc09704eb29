package scim

// WatchDerivations calls watch before each key that is derived of a password.
func (p *Provider) WatchDerivations(watch func()) {
	p.passwords.key = func(password, salt []byte) []byte {
		watch()
		return argonKeyOf(password, salt)
	}
}
