namespace Latchkey.Tls;

/// <summary>Protocol versions served; everything older is refused (RFC 8996).</summary>
public enum TlsVersion : ushort
{
    /// <summary>RFC 5246.</summary>
    Tls12 = 0x0303,
    /// <summary>RFC 8446 and its successor RFC 9846; section numbers in this code base are those of RFC 8446.</summary>
    Tls13 = 0x0304,
}
