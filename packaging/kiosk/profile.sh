# On the first terminal of the register's user: the session, without a mouse pointer. Ends with it; getty logs in anew.
if [ "$(id -un)" = "@USER@" ] && [ "$(tty)" = /dev/tty1 ]; then
  case @SESSION@ in
    x11) exec startx /usr/local/lib/tillside/session-x11 -- -nocursor -keeptty vt1 >"$HOME/.tillside-session.log" 2>&1 ;;
    weston) exec /usr/local/lib/tillside/session-weston >"$HOME/.tillside-session.log" 2>&1 ;;
  esac
fi
