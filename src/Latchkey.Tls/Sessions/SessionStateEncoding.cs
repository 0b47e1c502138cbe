using System.Buffers.Binary;
using System.Text;
using Latchkey.Crypto;
using Latchkey.Tls.Messages;

namespace Latchkey.Tls.Sessions;

/// <summary>
/// A session as bytes, to be sealed: what is inside a ticket of ours, in a shared cache, and on the link to a key server (docs/protocol.md, "Session state").
/// Big-endian, the format's version first; bytes of another version are no session, so that a fleet can be updated machine by machine.
/// </summary>
public static class SessionStateEncoding
{
    /// <summary>Bytes at most. A session with a client certificate chain that does not fit is not offered: a ticket must fit a ClientHello.</summary>
    public const int MaxSize = 8 * 1024;

    /// <summary>Of this format.</summary>
    private const byte FormatVersion = 1;

    private const byte EncryptThenMacFlag = 1;

    /// <summary>Version, TLS version, suite, flags, two times, lifetime, age_add, early data, certificates: all that is of fixed size.</summary>
    private const int FixedSize = 1 + 2 + 2 + 1 + 8 + 8 + 4 + 4 + 4 + 1;

    private const int MaxClientCertificates = 10;

    /// <summary>Encodes; the caller owns the result. null: it is longer than <see cref="MaxSize"/>.</summary>
    public static SecretBytes? Encode(SessionState state)
    {
        var facts = state.Facts;
        var site = Encoding.UTF8.GetBytes(facts.Site);
        var name = Encoding.Latin1.GetBytes(facts.ServerName ?? "");
        var protocol = Encoding.Latin1.GetBytes(facts.ApplicationProtocol ?? "");
        var size = FixedSize + 5 + site.Length + name.Length + protocol.Length + facts.CertificateFingerprint.Length + state.Secret.Length
            + facts.ClientCertificates.Sum(certificate => 2 + certificate.Length);
        if (size > MaxSize || site.Length > byte.MaxValue || facts.ClientCertificates.Count > MaxClientCertificates)
            return null;
        var encoded = new SecretBytes(size);
        var writer = new Writer(encoded.Span);
        writer.UInt8(FormatVersion);
        writer.UInt16((ushort)facts.Version);
        writer.UInt16((ushort)facts.CipherSuite);
        writer.UInt8(facts.EncryptThenMac ? EncryptThenMacFlag : (byte)0);
        writer.Vector8(site);
        writer.Vector8(name);
        writer.Vector8(protocol);
        writer.Vector8(facts.CertificateFingerprint.Span);
        writer.Int64(facts.Established.ToUnixTimeMilliseconds());
        writer.Int64(facts.Issued.ToUnixTimeMilliseconds());
        writer.UInt32((uint)facts.Lifetime.TotalSeconds);
        writer.UInt32(facts.AgeAdd);
        writer.UInt32((uint)facts.MaxEarlyData);
        writer.Vector8(state.Secret.Span);
        writer.UInt8((byte)facts.ClientCertificates.Count);
        foreach (var certificate in facts.ClientCertificates)
            writer.Vector16(certificate.Span);
        return encoded;
    }

    /// <summary>Decodes; the caller owns the result. null: not a session of this format. Throws for no bytes whatever.</summary>
    /// <param name="encoded">Lent.</param>
    public static SessionState? TryDecode(SecretBytes encoded)
    {
        if (encoded.Length > MaxSize)
            return null;
        // The reader hands out slices of an array; the facts are copied out of it, and it is zeroed.
        var bytes = GC.AllocateUninitializedArray<byte>(encoded.Length, pinned: true);
        encoded.Span.CopyTo(bytes);
        try
        {
            return TryRead(new MessageReader(bytes));
        }
        finally
        {
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static SessionState? TryRead(MessageReader reader)
    {
        if (!reader.TryReadUInt8(out var format) || format != FormatVersion
            || !reader.TryReadUInt16(out var version) || !reader.TryReadUInt16(out var suite) || !reader.TryReadUInt8(out var flags)
            || !reader.TryReadVector8(out var site) || !reader.TryReadVector8(out var name)
            || !reader.TryReadVector8(out var protocol) || !reader.TryReadVector8(out var fingerprint)
            || !TryReadTime(ref reader, out var established) || !TryReadTime(ref reader, out var issued)
            || !reader.TryReadUInt32(out var lifetime) || !reader.TryReadUInt32(out var ageAdd) || !reader.TryReadUInt32(out var maxEarlyData)
            || !reader.TryReadVector8(out var secret) || !TryReadCertificates(ref reader, out var certificates) || !reader.IsEmpty)
        {
            return null;
        }
        if (CipherSuiteFacts.Find((CipherSuite)suite) is not { } suiteFacts || (TlsVersion)version != suiteFacts.Version
            || secret.Length != SecretSize(suiteFacts) || flags > EncryptThenMacFlag || fingerprint.Length is not (0 or 32)
            || lifetime > ResumptionPolicy.MaxLifetime.TotalSeconds || maxEarlyData > int.MaxValue)
        {
            return null;
        }
        var facts = new SessionFacts
        {
            Version = (TlsVersion)version,
            CipherSuite = (CipherSuite)suite,
            Site = Encoding.UTF8.GetString(site.Span),
            ServerName = name.IsEmpty ? null : Encoding.Latin1.GetString(name.Span),
            ApplicationProtocol = protocol.IsEmpty ? null : Encoding.Latin1.GetString(protocol.Span),
            CertificateFingerprint = fingerprint.ToArray(),
            Established = established,
            Issued = issued,
            Lifetime = TimeSpan.FromSeconds(lifetime),
            ClientCertificates = certificates,
            EncryptThenMac = flags == EncryptThenMacFlag,
            AgeAdd = ageAdd,
            MaxEarlyData = (int)maxEarlyData,
        };
        return new SessionState(facts, SecretBytes.CopyOf(secret.Span));
    }

    private static int SecretSize(CipherSuiteFacts suite) =>
        suite.Version == TlsVersion.Tls12 ? Tls12.MasterSecret.Size : suite.Digest.SizeInBytes();

    private static bool TryReadTime(ref MessageReader reader, out DateTimeOffset time)
    {
        time = default;
        if (!reader.TryReadBytes(8, out var bytes))
            return false;
        var milliseconds = BinaryPrimitives.ReadInt64BigEndian(bytes.Span);
        if (milliseconds < 0 || milliseconds > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds() - (long)ResumptionPolicy.MaxLifetime.TotalMilliseconds)
            return false;
        time = DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
        return true;
    }

    private static bool TryReadCertificates(ref MessageReader reader, out List<ReadOnlyMemory<byte>> certificates)
    {
        certificates = [];
        if (!reader.TryReadUInt8(out var count) || count > MaxClientCertificates)
            return false;
        for (var i = 0; i < count; i++)
        {
            if (!reader.TryReadVector16(out var certificate) || certificate.IsEmpty)
                return false;
            certificates.Add(certificate.ToArray());
        }
        return true;
    }

    /// <summary>Fills a span whose size was computed before.</summary>
    private ref struct Writer(Span<byte> room)
    {
        private Span<byte> _rest = room;

        public void UInt8(byte value) => Take(1)[0] = value;

        public void UInt16(ushort value) => BinaryPrimitives.WriteUInt16BigEndian(Take(2), value);

        public void UInt32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Take(4), value);

        public void Int64(long value) => BinaryPrimitives.WriteInt64BigEndian(Take(8), value);

        public void Vector8(scoped ReadOnlySpan<byte> value)
        {
            UInt8(checked((byte)value.Length));
            value.CopyTo(Take(value.Length));
        }

        public void Vector16(scoped ReadOnlySpan<byte> value)
        {
            UInt16(checked((ushort)value.Length));
            value.CopyTo(Take(value.Length));
        }

        private Span<byte> Take(int count)
        {
            var taken = _rest[..count];
            _rest = _rest[count..];
            return taken;
        }
    }
}
