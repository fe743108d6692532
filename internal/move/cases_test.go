package move_test

// goOn are the cases in which a process ends and another one goes on.
func goOn() []string {
	return []string{"ALL"}
}
