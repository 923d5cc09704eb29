package profile

import "slices"

// Profiles lists all profiles, the default first.
func Profiles() []Profile { return slices.Clone(profiles) }
