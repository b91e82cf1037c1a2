"""The form that an invitation to testify opens, and the refusal of any other invitation."""
