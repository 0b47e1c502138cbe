namespace Latchkey.Wire.Operations;

/// <summary>The arguments of <see cref="Opcode.BeginHandshake"/>: what the edge knows of the site, and the ClientHello. Spans are lent.</summary>
public readonly ref struct BeginHandshakeRequest
{
    /// <summary>TLS 1.2: whether the edge exchanges the Finished messages itself, with the master secret (1), or the key server does (0).</summary>
    public required byte Finished { get; init; }

    /// <summary>The edge gets the master secret.</summary>
    public bool HandsOver => Finished == 1;

    /// <summary>The site's name at the edge, 1 to 255 bytes: sessions are bound to it.</summary>
    public required ReadOnlySpan<byte> Site { get; init; }

    /// <summary>Suites by profile: 0 default, 1 compatible, 2 legacy.</summary>
    public required byte Profile { get; init; }

    /// <summary>Lowest version, as 0x0303.</summary>
    public required ushort MinVersion { get; init; }

    /// <summary>Highest version, as 0x0304.</summary>
    public required ushort MaxVersion { get; init; }

    /// <summary>What narrows the profile: TLS CipherSuites, two bytes each; empty: nothing.</summary>
    public required ReadOnlySpan<byte> CipherSuites { get; init; }

    /// <summary>TLS NamedGroup of DHE for clients that name none.</summary>
    public required ushort DhGroup { get; init; }

    /// <summary>ALPN names, each with a length of one byte, best first.</summary>
    public required ReadOnlySpan<byte> Protocols { get; init; }

    /// <summary>How sessions are resumed.</summary>
    public required HandshakeResumption Resumption { get; init; }

    /// <summary>Client certificates: 0 not asked for, 1 asked for, 2 required. Their chains are judged by the edge.</summary>
    public required byte ClientCertificates { get; init; }

    /// <summary>DER names for the CertificateRequest, each with a length of two bytes; may be empty.</summary>
    public required ReadOnlySpan<byte> Authorities { get; init; }

    /// <summary>DER certificates to present, each with a length of two bytes, the site's own first.</summary>
    public required ReadOnlySpan<byte> Chain { get; init; }

    /// <summary>The ClientHello as it came, header included.</summary>
    public required ReadOnlySpan<byte> ClientHello { get; init; }

    /// <summary>Writes all fields in order.</summary>
    public void Write(ref FieldWriter writer)
    {
        writer.UInt8(Finished);
        writer.Vector8(Site);
        writer.UInt8(Profile);
        writer.UInt16(MinVersion);
        writer.UInt16(MaxVersion);
        writer.Vector16(CipherSuites);
        writer.UInt16(DhGroup);
        writer.Vector16(Protocols);
        writer.UInt8((byte)Resumption.Flags);
        writer.UInt32(Resumption.LifetimeSeconds);
        writer.UInt8(Resumption.Tls13Tickets);
        writer.UInt8(ClientCertificates);
        writer.Vector16(Authorities);
        writer.Vector16(Chain);
        writer.Vector16(ClientHello);
    }

    /// <summary>Reads the arguments. False: <see cref="KeylessError.Malformed"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> arguments, out BeginHandshakeRequest request)
    {
        var reader = new FieldReader(arguments);
        request = new BeginHandshakeRequest
        {
            Finished = reader.UInt8(),
            Site = reader.Vector8(),
            Profile = reader.UInt8(),
            MinVersion = reader.UInt16(),
            MaxVersion = reader.UInt16(),
            CipherSuites = reader.Vector16(),
            DhGroup = reader.UInt16(),
            Protocols = reader.Vector16(),
            Resumption = new HandshakeResumption((HandshakeResumptionFlags)reader.UInt8(), reader.UInt32(), reader.UInt8()),
            ClientCertificates = reader.UInt8(),
            Authorities = reader.Vector16(),
            Chain = reader.Vector16(),
            ClientHello = reader.Vector16(),
        };
        return reader.IsComplete
            && request.Finished <= 1 && request.Profile <= 2 && request.ClientCertificates <= 2
            && !request.Site.IsEmpty && request.CipherSuites.Length % 2 == 0 && !request.Chain.IsEmpty && !request.ClientHello.IsEmpty
            && request.MinVersion is 0x0303 or 0x0304 && request.MaxVersion is 0x0303 or 0x0304 && request.MinVersion <= request.MaxVersion
            && IsListOf8(request.Protocols) && IsListOf16(request.Authorities) && IsListOf16(request.Chain);
    }

    private static bool IsListOf8(ReadOnlySpan<byte> list)
    {
        var reader = new FieldReader(list);
        while (!reader.IsAtEnd)
        {
            if (reader.Vector8().IsEmpty)
                return false;
        }

        return reader.IsComplete;
    }

    private static bool IsListOf16(ReadOnlySpan<byte> list)
    {
        var reader = new FieldReader(list);
        while (!reader.IsAtEnd)
        {
            if (reader.Vector16().IsEmpty)
                return false;
        }

        return reader.IsComplete;
    }
}

/// <summary>How the sessions of a relayed handshake are resumed (R11).</summary>
/// <param name="Flags">What is done.</param>
/// <param name="LifetimeSeconds">From the full handshake to the last resumption, at most 604,800.</param>
/// <param name="Tls13Tickets">After a full handshake.</param>
public readonly record struct HandshakeResumption(HandshakeResumptionFlags Flags, uint LifetimeSeconds, byte Tls13Tickets);

/// <summary>Bits of <see cref="HandshakeResumption"/>.</summary>
[Flags]
public enum HandshakeResumptionFlags : byte
{
    /// <summary>Every handshake is a full one.</summary>
    None = 0,
    /// <summary>Tickets are issued and taken.</summary>
    Tickets = 1,
    /// <summary>TLS 1.2: sessions are kept under identifiers.</summary>
    Identifiers = 2,
    /// <summary>TLS 1.3: each ticket is accepted once.</summary>
    SingleUse = 4,
}
