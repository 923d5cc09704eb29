package mail

import (
	"context"
	"errors"
	"net/textproto"

	gomail "github.com/wneessen/go-mail"
)

// refusedSession is why there is no session: the server is down, not the one
// that it should be, or does not know us. The message is not to blame.
func refusedSession(ctx context.Context, connected bool, err error) error {
	step := "connect"
	if connected {
		step = "greeting"
	}
	var reply *textproto.Error
	switch {
	case ctx.Err() != nil:
		return temporary(step, ctx.Err())
	case errors.As(err, &reply):
		return &Error{Step: step, Code: reply.Code}
	}
	return temporary(step, err)
}

// refusedMessage is why the server did not take the message.
func refusedMessage(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return temporary("message", ctx.Err())
	}
	var refused *gomail.SendError
	if !errors.As(err, &refused) {
		return temporary("message", errors.New("connection lost"))
	}
	step, blame := stepOf(refused.Reason)
	failure := &Error{Step: step, Code: refused.ErrorCode(), Enhanced: refused.EnhancedStatusCode()}
	failure.Permanent = blame || failure.Code >= 500 && !unknownToServer(failure.Code)
	return failure
}

// stepOf names a step, and tells whether only the message can be to blame.
func stepOf(reason gomail.SendErrReason) (step string, blame bool) {
	switch reason {
	case gomail.ErrSMTPMailFrom:
		return "sender", false
	case gomail.ErrSMTPRcptTo:
		return "recipient", false
	case gomail.ErrGetSender, gomail.ErrGetRcpts, gomail.ErrNoUnencoded:
		return "message", true
	}
	return "message", false
}

// unknownToServer reports whether a reply says that the server wants us to sign
// in otherwise (RFC 4954): the next message would fare no better, and this one
// is not lost when the configuration is put right.
func unknownToServer(code int) bool {
	return code == 530 || code == 534 || code == 535 || code == 538
}
