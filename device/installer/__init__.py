"""What an installer types beside a till that nobody documented: listen, detect, replay."""
