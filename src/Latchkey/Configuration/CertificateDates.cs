using System.Globalization;
using System.Security.Cryptography.X509Certificates;

namespace Latchkey.Configuration;

/// <summary>Certificates that clients will refuse although everything else is right: a warning, since clocks differ.</summary>
internal static class CertificateDates
{
    public static void Warn(List<string> warnings, ConfigurationValue place, X509Certificate2 certificate)
    {
        var now = TimeProvider.System.GetUtcNow();
        if (certificate.NotAfter.ToUniversalTime() < now)
            warnings.Add(place.Error($"expired on {Day(certificate.NotAfter)}").Message);
        else if (certificate.NotBefore.ToUniversalTime() > now)
            warnings.Add(place.Error($"not valid before {Day(certificate.NotBefore)}").Message);
    }

    private static string Day(DateTime time) => time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);
}
