namespace Latchkey.Testing;

/// <summary>The signals tests send, with Linux' numbers.</summary>
public enum Signal
{
    HangUp = 1,
    Interrupt = 2,
    Abort = 6,
    Kill = 9,
    Terminate = 15,
    Continue = 18,
    Stop = 19,
}
