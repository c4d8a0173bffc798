"""What rules say of a pod at admission, in CEL: each module beside the rules of the same name, and what they share."""
