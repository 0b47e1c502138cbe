namespace Latchkey.Tls.Alerts;

/// <summary>Alerts, RFC 8446 §6 (and RFC 5246 §7.2 where 1.2 alone has them).</summary>
public enum AlertDescription : byte
{
    /// <summary>0.</summary>
    CloseNotify = 0,
    /// <summary>10.</summary>
    UnexpectedMessage = 10,
    /// <summary>20.</summary>
    BadRecordMac = 20,
    /// <summary>22.</summary>
    RecordOverflow = 22,
    /// <summary>40.</summary>
    HandshakeFailure = 40,
    /// <summary>42.</summary>
    BadCertificate = 42,
    /// <summary>43.</summary>
    UnsupportedCertificate = 43,
    /// <summary>44.</summary>
    CertificateRevoked = 44,
    /// <summary>45.</summary>
    CertificateExpired = 45,
    /// <summary>46.</summary>
    CertificateUnknown = 46,
    /// <summary>47.</summary>
    IllegalParameter = 47,
    /// <summary>48.</summary>
    UnknownCa = 48,
    /// <summary>49.</summary>
    AccessDenied = 49,
    /// <summary>50.</summary>
    DecodeError = 50,
    /// <summary>51.</summary>
    DecryptError = 51,
    /// <summary>70.</summary>
    ProtocolVersion = 70,
    /// <summary>71.</summary>
    InsufficientSecurity = 71,
    /// <summary>80.</summary>
    InternalError = 80,
    /// <summary>86, RFC 7507.</summary>
    InappropriateFallback = 86,
    /// <summary>90.</summary>
    UserCanceled = 90,
    /// <summary>100, TLS 1.2.</summary>
    NoRenegotiation = 100,
    /// <summary>109.</summary>
    MissingExtension = 109,
    /// <summary>110.</summary>
    UnsupportedExtension = 110,
    /// <summary>112, RFC 6066.</summary>
    UnrecognizedName = 112,
    /// <summary>113, RFC 6066.</summary>
    BadCertificateStatusResponse = 113,
    /// <summary>115.</summary>
    UnknownPskIdentity = 115,
    /// <summary>116.</summary>
    CertificateRequired = 116,
    /// <summary>120, RFC 7301.</summary>
    NoApplicationProtocol = 120,
}
