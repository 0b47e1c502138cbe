namespace Latchkey.KeyStores.Tpm;

/// <summary>A TPM's answer to a command was a response code other than success (TPM 2.0 Part 2 §6.6).</summary>
internal sealed class TpmException(uint code, TpmCommandCode command) : Exception($"TPM2_{command} says {NameOf(code)}")
{
    /// <summary>TPM_RC.</summary>
    public uint Code { get; } = code;

    /// <summary>No slot is free for an object (0x902), or a session (0x903): another may become free.</summary>
    public bool IsOutOfSlots => Code is 0x902 or 0x903;

    /// <summary>The same command will do later: testing, yielded, rate of writing, retry.</summary>
    public bool IsPassing => Code is 0x908 or 0x90A or 0x920 or 0x922;

    /// <summary>The handle is of an object that is not there any more: the TPM was reset, or somebody flushed it.</summary>
    public bool IsHandleGone => Code is 0x910 or 0x911 || (Code & 0xBF) is 0x8B;

    private static string NameOf(uint code) => code switch
    {
        0x100 => "TPM_RC_INITIALIZE (0x100): it has not been started",
        0x902 => "TPM_RC_OBJECT_MEMORY (0x902): no slot is free (expected a resource manager, as /dev/tpmrm0 is)",
        0x903 => "TPM_RC_SESSION_MEMORY (0x903): no slot is free for a session",
        0x910 => "TPM_RC_REFERENCE_H0 (0x910): no such object",
        0x921 => "TPM_RC_LOCKOUT (0x921): locked after too many wrong authorizations",
        _ when (code & 0xBF) is 0x8E or 0xA2 => $"TPM_RC_AUTH_FAIL (0x{code:X}): the authorization value is wrong",
        _ when (code & 0xBF) == 0x8B => $"TPM_RC_HANDLE (0x{code:X}): no such object",
        _ when (code & 0xBF) == 0x84 => $"TPM_RC_VALUE (0x{code:X}): a value is out of range",
        _ when (code & 0xBF) == 0x92 => $"TPM_RC_SCHEME (0x{code:X}): the key is not for that scheme",
        _ when (code & 0xBF) == 0x9F => $"TPM_RC_INTEGRITY (0x{code:X}): wrapped by another TPM or parent, or altered",
        _ when (code & 0xBF) == 0x9C => $"TPM_RC_KEY (0x{code:X}): the key is not for that",
        _ => $"0x{code:X}",
    };
}
