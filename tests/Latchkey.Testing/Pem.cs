using System.Security.Cryptography;

namespace Latchkey.Testing;

/// <summary>PEM text and files.</summary>
internal static class Pem
{
    public static string Certificate(byte[] der) => PemEncoding.WriteString("CERTIFICATE", der) + "\n";

    public static string PrivateKey(byte[] pkcs8) => PemEncoding.WriteString("PRIVATE KEY", pkcs8) + "\n";

    public static string Write(string folder, string name, string text)
    {
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, name);
        File.WriteAllText(file, text);
        return file;
    }
}
