using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Latchkey.Tracing;

namespace Latchkey.Demo;

/// <summary>What the demonstration says on the terminal.</summary>
internal static class DemoText
{
    public static void WriteProcesses(TextWriter output, IReadOnlyList<DemoProcess> processes, DemoPorts ports)
    {
        output.WriteLine("Three processes of this program, as three machines would run it:");
        output.WriteLine();
        foreach (var process in processes)
        {
            var (address, has) = process.Name switch
            {
                "origin" => ($"http://127.0.0.1:{ports.Origin}", "the page"),
                "key server" => ($"127.0.0.1:{ports.KeyServer}", $"the private keys; status at http://127.0.0.1:{ports.KeyServerAdmin}/status"),
                _ => ($"https://127.0.0.1:{ports.Edge}", $"certificates, no private key of a site; status at http://127.0.0.1:{ports.EdgeAdmin}/status"),
            };
            output.WriteLine($"  {process.Name,-10}  process {process.Id,-8}{address,-25}{process.Folder}");
            output.WriteLine($"  {"",-10}  has {has}");
        }
        output.WriteLine();
    }

    public static void WriteProof(TextWriter output, int edge, string workingDirectory, IReadOnlyList<string> files, bool found)
    {
        output.WriteLine($"The edge's working directory (/proc/{edge}/cwd) is {workingDirectory}. All that is in it:");
        output.WriteLine();
        foreach (var file in files)
            output.WriteLine($"  {file}");
        output.WriteLine();
        output.WriteLine(found ? "There is a private key of a site among them: this demonstration proves nothing." : "No file there is a private key of a site.");
        output.WriteLine();
    }

    public static void WriteThingsToTry(TextWriter output, DemoFolder folder, DemoPorts ports)
    {
        var curl = $"curl --cacert {folder.AuthorityFile}";
        output.WriteLine($"""
            Try:

              {curl} --resolve {DemoFolder.EcdsaSite}:{ports.Edge}:127.0.0.1 https://{DemoFolder.EcdsaSite}:{ports.Edge}/
              {curl} --resolve {DemoFolder.RsaSite}:{ports.Edge}:127.0.0.1 --tls-max 1.2 -v -o /dev/null https://{DemoFolder.RsaSite}:{ports.Edge}/
              openssl s_client -connect 127.0.0.1:{ports.Edge} -servername {DemoFolder.EcdsaSite} -CAfile {folder.AuthorityFile}
              curl http://127.0.0.1:{ports.EdgeAdmin}/metrics

            In a browser: https://{DemoFolder.EcdsaSite}:{ports.Edge}/
              which warns of the demonstration's authority unless you import {folder.AuthorityFile}, or start
              chromium --user-data-dir={Path.Combine(folder.Path, "browser")} --ignore-certificate-errors-spki-list={Pin(folder)} https://{DemoFolder.EcdsaSite}:{ports.Edge}/
            """);
        output.WriteLine();
    }

    public static void WriteWatching(TextWriter output)
    {
        output.WriteLine("What crosses, as it happens (Ctrl-C ends all three):");
        output.WriteLine();
    }

    public static void WriteHandshake(TextWriter output, HandshakeTrace trace)
    {
        var asked = trace.Steps.Where(step => step.Kind == "key").ToList();
        var operations = asked.Count == 0 ? "key server not asked" : string.Join(", ", asked.Select(step => string.Create(CultureInfo.InvariantCulture, $"key server: {step.Name} {step.Elapsed:0.0} ms")));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"  {trace.Started.ToLocalTime():HH:mm:ss.fff}  {trace.Version}  {trace.CipherSuite}  {trace.Group ?? "RSA"}  {trace.ServerName ?? "(no name)"}  {trace.ApplicationProtocol ?? "-"}  {operations}  handshake {trace.Elapsed:0.0} ms"));
    }

    // Chromium's own pin of a key: SHA-256 of the SubjectPublicKeyInfo, base64.
    private static string Pin(DemoFolder folder)
    {
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(folder.In(folder.Outpost, "site.pem"));
        return Convert.ToBase64String(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));
    }
}
