using Latchkey.Crypto;

namespace Latchkey.Tls.Sessions;

/// <summary>A session as edge and key server tell each other of it where its secret is not to be told: a session state with zeros in the secret's place.</summary>
public static class SessionDescription
{
    /// <summary>Encodes. null: it does not fit a ticket anyway (<see cref="SessionStateEncoding.MaxSize"/>).</summary>
    public static byte[]? Encode(SessionFacts facts)
    {
        ArgumentNullException.ThrowIfNull(facts);
        using var nothing = new SecretBytes(facts.Version == TlsVersion.Tls12 ? Tls12.MasterSecret.Size : facts.CipherSuite.Digest().SizeInBytes());
        using var state = new SessionState(facts, nothing);
        using var encoded = SessionStateEncoding.Encode(state);
        return encoded?.Span.ToArray();
    }

    /// <summary>Decodes, whatever stands in the secret's place. null: malformed.</summary>
    public static SessionFacts? TryDecode(ReadOnlySpan<byte> encoded)
    {
        using var bytes = SecretBytes.CopyOf(encoded);
        using var state = SessionStateEncoding.TryDecode(bytes);
        return state?.Facts;
    }
}
