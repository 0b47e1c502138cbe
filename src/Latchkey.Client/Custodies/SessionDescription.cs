using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Sessions;
using Latchkey.Tls.Tls12;

namespace Latchkey.Client.Custodies;

/// <summary>A TLS 1.2 session as edge and key server tell each other of it where its secret is not to be told: a session state with zeros in the secret's place.</summary>
internal static class SessionDescription
{
    /// <summary>Encodes; the caller disposes it.</summary>
    /// <exception cref="KeyHolderFailedException">It is too long: the client's certificate chain is beyond all measure.</exception>
    public static SecretBytes Encode(SessionFacts facts)
    {
        using var nothing = new SecretBytes(MasterSecret.Size);
        return SessionStateEncoding.Encode(new SessionState(facts, nothing))
            ?? throw new KeyHolderFailedException("The session does not fit into a message for the key server.");
    }

    /// <summary>Decodes. null: it is none.</summary>
    public static SessionFacts? TryDecode(ReadOnlySpan<byte> encoded)
    {
        using var bytes = SecretBytes.CopyOf(encoded);
        using var state = SessionStateEncoding.TryDecode(bytes);
        return state?.Facts;
    }
}
